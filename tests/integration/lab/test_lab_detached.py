"""A lab that stands: it is found from another shell, is one, and goes when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from lab import detached
from rampart.errors import UsageError

ROOT = Path(__file__).parents[3]
ELSEWHERE = """
import sys
from pathlib import Path
from lab import detached
print(detached.status(Path(sys.argv[1])).target.url)
"""


def test_a_standing_lab_is_seen_from_elsewhere_and_ends_on_request(tmp_path: Path) -> None:
    state = tmp_path / "lab.json"
    assert detached.status(state) is None
    said: list[str] = []
    found = detached.up_detached(flaws=["workers"], say=said.append, state=state)
    running = [psutil.Process(process.pid) for process in found.target.processes]
    try:
        assert said
        elsewhere = subprocess.run(
            [sys.executable, "-c", ELSEWHERE, str(state)], cwd=ROOT, capture_output=True, text=True
        )
        assert elsewhere.stdout.strip() == found.target.url
        assert httpx.get(f"{found.target.url}/healthz", trust_env=False).status_code == 200
        assert found.target.flaws == ("workers",)
        with pytest.raises(UsageError, match="up already"):
            detached.up_detached(say=said.append, state=state)
    finally:
        assert detached.down(state)
    assert psutil.wait_procs(running, timeout=5)[1] == []
    assert not state.exists()
    assert not detached.down(state)


def test_a_lab_that_was_killed_does_not_stand(tmp_path: Path) -> None:
    state = tmp_path / "lab.json"
    found = detached.up_detached(say=lambda _: None, state=state)
    running = [psutil.Process(process.pid) for process in found.target.processes]
    os.kill(found.pid, signal.SIGKILL)
    os.waitpid(found.pid, 0)
    assert psutil.wait_procs(running, timeout=5)[1] == []
    assert detached.status(state) is None
    assert not state.exists()
