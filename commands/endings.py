"""However a command is told to end, it ends in order: Ctrl-C, SIGTERM, and a terminal that was closed (SIGHUP)."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


@contextmanager
def in_order() -> Iterator[None]:
    """Inside, each of these raises KeyboardInterrupt. Who started us with hang-ups ignored (nohup) keeps it so."""
    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, signal.default_int_handler)}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, _hung_up)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _hung_up(number: int, frame: FrameType | None) -> None:
    """The terminal is gone: what would be written to it must not fail in the middle of putting a target back."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        with suppress(OSError):
            if stat.S_ISCHR(os.fstat(descriptor).st_mode):
                os.dup2(nowhere, descriptor)
    os.close(nowhere)
    signal.default_int_handler(number, frame)
