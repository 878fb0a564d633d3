"""The verdict of a recording, which is analysed once for all tests that look at it."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.verdict.analyse import analyse
from rampart.runs import Run


@pytest.fixture(scope="session")
def verdict_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Any]:
    """The verdict of a recording's folder, a copy for each caller; workers of one session share what they analysed."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "verdicts"
    folder.mkdir(exist_ok=True)

    def verdict(recording: Path) -> Any:
        kept = folder / f"{recording.name}.pickle"
        if not kept.exists():
            fresh = folder / f"{recording.name}-{os.getpid()}"
            fresh.write_bytes(pickle.dumps(analyse(Run.open(recording))))
            fresh.replace(kept)  # whole at once: another worker may be looking for it
        return pickle.loads(kept.read_bytes())

    return verdict
