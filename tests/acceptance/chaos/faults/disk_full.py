"""The disk fills up: the one that runs are kept on, or for a seeding the one of the database."""

from __future__ import annotations

import errno
from pathlib import Path

from tests.acceptance.chaos.faults._fault import Expected, Fault

FILLED = "fill"
_NO_ROOM = Expected((4,), ended=("failed",), says="No space left", in_words="ends readable, marked incomplete")


def fill(folder: Path) -> None:
    """Take all room that is left."""
    with (folder / FILLED).open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1 << 8):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC


DISK_FULL = Fault(
    "disk full", "the disk of the runs fills up (for a seeding the database's)", lambda struck: fill(struck.disk),
    {
        "seed": Expected((4,), says="disk is full|went away", in_words="ends, what is off is told"),
        "ramp": _NO_ROOM, "confirm": Expected((4,), ended=("failed",), says="No space left", in_words="ends readable"),
        "lab": _NO_ROOM,
    },
)  # fmt: skip
