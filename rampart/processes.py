"""Children that end when their parent does, however it ends. All of ours are started here."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).with_name("die_with_parent.py")
# The kernel sends the death signal when the *thread* that started a child ends; this one lives as long as the process.
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


def start_child(
    command: Sequence[str], *, farewell: signal.Signals = signal.SIGKILL, user: int = -1, core: int = -1, **options: Any
) -> subprocess.Popen[bytes]:
    """Start `command` as a child that the kernel sends `farewell` when this process has ended, by SIGKILL too.

    `user` is the id that it runs as, `core` the processor that it stays on; -1: ours. `options` are those of `Popen`.
    A command that cannot be started is a child that says so on stderr and ends with code 1.
    """
    tied = [sys.executable, "-I", "-S", str(_SCRIPT), str(os.getpid()), str(int(farewell)), str(user), str(core)]

    program = shutil.which(command[0]) or command[0]

    def spawn() -> subprocess.Popen[bytes]:
        child: subprocess.Popen[bytes] = subprocess.Popen([*tied, program, *command[1:]], **options)
        return child

    return _SPAWNER.submit(spawn).result()
