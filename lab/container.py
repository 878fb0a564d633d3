"""A limit on memory as a container has one: `python -m lab.container 128mb COMMAND...`.

Limits of the kernel's control groups need root. So the command is watched, killed where it holds more than it may, as
the kernel would do it, and begun anew, as every orchestrator does.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

import psutil

from rampart.processes import start_child

_LOOK_S = 0.1


def run(limit_bytes: int, command: Sequence[str]) -> None:
    """Run the command until we are told to end, again whenever it has ended."""
    while True:
        process = _begin(command)
        held = psutil.Process(process.pid)
        while process.poll() is None:
            with suppress(psutil.Error):
                if held.memory_info().rss > limit_bytes:
                    sys.stderr.write(f"killed: it held more than {limit_bytes:,} bytes\n")
                    process.kill()
            time.sleep(_LOOK_S)


def _begin(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """The command as a child that goes when we go, and that is asked to end when we are."""
    process = start_child(command)

    def end(_signal: int, _frame: FrameType | None) -> None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(3)
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    return process


def size(text: str) -> int:
    """`128mb` in bytes; ValueError for anything else."""
    number, unit = text[:-2], text[-2:].lower()
    return int(number) * {"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}[unit]


if __name__ == "__main__":
    run(size(sys.argv[1]), sys.argv[2:])
