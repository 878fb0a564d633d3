"""A command that is interrupted ends in order: by Ctrl-C, by SIGTERM, or because its terminal was closed (SIGHUP).

The first signal raises KeyboardInterrupt, once what is being put back is back. A second one ends the process at once
and lists what is left behind: the journal has it, and another command takes it back.
"""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from conductor.interruption import INTERRUPTION
from rampart.errors import ExitCode
from rampart.masking import masked

# Terminals, shells and `timeout` send a signal to a process and to its group: within this time it is the same word.
_SAME_WORD_S = 0.5
_SHOW_CURSOR = "\x1b[?25h"


@contextmanager
def in_order() -> Iterator[None]:
    """Inside, all of them end in order. Who started us with one of them ignored (nohup, `&`) keeps it so."""
    INTERRUPTION.begin()
    before = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, _told)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def deaf() -> None:
    """For the last milliseconds of the interpreter: a second signal comes too late to end anything."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _told(number: int, _frame: FrameType | None) -> None:
    now, first = time.monotonic(), INTERRUPTION.told_at
    if number == signal.SIGHUP:
        _let_go_of_the_terminal()
    if first is None:
        INTERRUPTION.told_at = now
        _write("Interrupted: ending in order. Press Ctrl-C again to end at once; what is left behind is listed then.")
        if INTERRUPTION.shields:
            INTERRUPTION.waiting = True
        else:
            raise KeyboardInterrupt
    elif number != signal.SIGHUP and now - first > _SAME_WORD_S:  # nobody hangs up to say it twice
        _write(INTERRUPTION.last_words())
        os._exit(ExitCode.INCOMPLETE)


def _write(text: str) -> None:
    """Past every lock that the interrupted code may hold."""
    cursor = _SHOW_CURSOR if os.isatty(2) else ""
    with suppress(OSError):
        os.write(2, f"\n{cursor}{masked(text)}\n".encode())


def _let_go_of_the_terminal() -> None:
    """The terminal is gone: what would be written to it must not fail in the middle of putting a target back."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        with suppress(OSError):
            if stat.S_ISCHR(os.fstat(descriptor).st_mode):
                os.dup2(nowhere, descriptor)
    os.close(nowhere)
