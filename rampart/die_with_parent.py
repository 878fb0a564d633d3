"""Become a command that ends with its parent: `die_with_parent.py PARENT SIGNAL UID CORE COMMAND...` (-1: as we are).

A script between the parent and the command, and not a `preexec_fn`: Python that runs between fork and exec may deadlock
in a process that has threads. It imports the standard library alone, so that `python -I -S` starts it in some 15 ms.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1


def become(command: list[str], *, parent: int, number: int, user: int, core: int) -> None:
    """Drop privileges, stay on one core, tie this process to `parent`, and exec `command`."""
    if core >= 0 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    if user >= 0:
        os.setgroups([])
        os.setgid(pwd.getpwuid(user).pw_gid)
        os.setuid(user)
    # After the change of user, which clears the death signal.
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    else:
        watch(parent, os.getpid(), number)
    if os.getppid() != parent:
        sys.exit(f"the parent {parent} had gone before the start")
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, and exec would pass that on
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execv(command[0], command)  # execvp imports a module, which this user may not be able to read
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}")


def watch(parent: int, target: int, number: int) -> None:
    """Fork a watcher that signals `target` when `parent` has gone: for systems without a parent-death signal."""
    if os.fork():
        return
    os.setsid()
    for descriptor in range(3):
        os.close(descriptor)
    while _exists(parent):
        time.sleep(0.2)
        if not _exists(target):
            os._exit(0)
    os.kill(target, number)
    os._exit(0)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    _parent, _number, _user, _core = map(int, sys.argv[1:5])
    become(sys.argv[5:], parent=_parent, number=_number, user=_user, core=_core)
