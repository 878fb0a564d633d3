"""Become a command that cannot outlive its parent: `leash.py PARENT SIGNAL UID COMMAND...` (UID -1: keep the user).

A script of its own, and not a `preexec_fn`, because running Python between fork and exec may deadlock in a process
that has threads. It imports the standard library alone, so that `python -I -S` starts it in some 15 ms.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
import time

PR_SET_PDEATHSIG = 1


def main(parent: int, signum: int, uid: int, command: list[str]) -> None:
    """Drop privileges, tie this process to `parent`, and exec `command`."""
    if uid >= 0:
        os.setgroups([])
        os.setgid(pwd.getpwuid(uid).pw_gid)
        os.setuid(uid)
    # After the change of user, which clears the death signal.
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
    else:
        watch(parent, os.getpid(), signum)
    if os.getppid() != parent:
        sys.exit(f"the parent {parent} had gone before the start")
    os.execv(command[0], command)


def watch(parent: int, target: int, signum: int) -> None:
    """Fork a watcher that signals `target` when `parent` has gone: for systems without a parent-death signal."""
    if os.fork():
        return
    os.setsid()
    for descriptor in range(3):
        os.close(descriptor)
    while alive(parent):
        time.sleep(0.2)
        if not alive(target):
            os._exit(0)
    os.kill(target, signum)
    os._exit(0)


def alive(pid: int) -> bool:
    """Whether a process of that id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
