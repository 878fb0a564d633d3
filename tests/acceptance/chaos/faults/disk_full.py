"""The disk fills up: the one that runs are kept on, or for a seeding the one of the database."""

from __future__ import annotations

import errno
import signal
from pathlib import Path

from tests.acceptance.chaos.faults._fault import Expected, Fault, Struck

FILLED = "fill"
_NO_ROOM = Expected((4,), ended=("failed",), says="No space left", in_words="stops, run readable and marked incomplete")


def fill(folder: Path) -> None:
    """Take all room that is left."""
    with (folder / FILLED).open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1 << 8):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC


def _strike(struck: Struck) -> None:
    """The command is paused meanwhile: a seeding may otherwise end before the disk is full."""
    struck.process.send_signal(signal.SIGSTOP)
    fill(struck.disk)
    struck.process.send_signal(signal.SIGCONT)


DISK_FULL = Fault(
    "disk full", "the disk that holds the runs fills up; for `seed`, the disk of the database", _strike,
    {
        "seed": Expected((4,), says="disk is full|went away", in_words="stops, reports what is off"),
        "ramp": _NO_ROOM,
        "confirm": Expected((4,), ended=("failed",), says="No space left", in_words="stops, run readable"),
        "lab": _NO_ROOM,
    },
)  # fmt: skip
