"""Real children of real parents: what was started ends when its parent has ended, however that came."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from rampart.processes import start_child

ROOT = Path(__file__).resolve().parents[3]
NOBODY = 65534
PARENT = """
import time
from rampart.processes import start_child
print(start_child(["sleep", "60"], user={user}).pid, flush=True)
time.sleep(60)
"""
# The way of systems without a parent-death signal.
WATCHED = """
import os, signal, subprocess, time
from rampart.die_with_parent import watch
child = subprocess.Popen(["sleep", "60"])
watch(os.getpid(), child.pid, signal.SIGKILL)
print(child.pid, flush=True)
time.sleep(60)
"""


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def orphan(program: str, seen: Callable[[psutil.Process], object] = lambda child: child) -> psutil.Process:
    """The child that a parent has started and left when SIGKILL ended it; the program prints the child's id."""
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    try:
        wait_until(lambda: child.name() == "sleep")
        seen(child)
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    return child


@pytest.mark.parametrize("program", [PARENT.format(user=-1), WATCHED], ids=["of the kernel", "of a watcher"])
def test_a_child_ends_when_its_parent_is_killed(program: str) -> None:
    child = orphan(program)
    wait_until(lambda: gone(child))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops its privileges")
def test_a_child_of_another_user_ends_too() -> None:
    """A change of user clears the death signal: it is set after that."""
    users: list[int] = []
    child = orphan(PARENT.format(user=NOBODY), lambda child: users.append(child.uids().real))
    wait_until(lambda: gone(child))
    assert users == [NOBODY]


def test_a_child_outlives_the_thread_that_asked_for_it() -> None:
    """The kernel's signal is for the end of a thread, and that is not the thread that calls."""
    started: list[subprocess.Popen[bytes]] = []
    thread = threading.Thread(target=lambda: started.append(start_child(["sleep", "60"])))
    thread.start()
    thread.join()
    child = started[0]
    try:
        wait_until(lambda: psutil.Process(child.pid).name() == "sleep")
        time.sleep(0.1)
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_a_child_is_the_command_as_if_nothing_stood_between(tmp_path: Path) -> None:
    program = "import os, sys; print(os.getppid(), os.getpid(), os.getcwd()); sys.exit(7)"
    child = start_child([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=tmp_path)
    said, _ = child.communicate(timeout=20)
    assert said.decode().split() == [str(os.getpid()), str(child.pid), str(tmp_path)]
    assert child.returncode == 7


def test_a_command_that_is_missing_is_said_so() -> None:
    child = start_child(["/no/such/command"], stderr=subprocess.PIPE)
    _, said = child.communicate(timeout=20)
    assert "/no/such/command cannot be started: No such file" in said.decode()
    assert child.returncode == 1


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a process ignores")
def test_no_signal_that_python_ignores_stays_ignored() -> None:
    child = start_child(["cat", "/proc/self/status"], stdout=subprocess.PIPE)
    said, _ = child.communicate(timeout=20)
    ignored = next(int(line.split()[1], 16) for line in said.decode().splitlines() if line.startswith("SigIgn"))
    assert not ignored & (1 << (signal.SIGPIPE - 1) | 1 << (signal.SIGXFSZ - 1))
