"""What an interrupted command must know: what a first Ctrl-C may not cut off, and what a second leaves behind.

The handlers of signals are set by the command line (`commands/signals.py`); they ask here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Interruption:
    """Whether this process was interrupted, and what must not be cut off."""

    told_at: float | None = None  # seconds of the monotonic clock
    shields: int = 0
    waiting: bool = False  # a first signal that came within a shield
    behind: list[tuple[str, str]] = field(default_factory=list)  # what stays, and the command that takes it back

    def begin(self) -> None:
        """A command begins: nothing has interrupted it, and it has left nothing behind."""
        self.told_at, self.shields, self.waiting = None, 0, False
        self.behind.clear()

    def last_words(self) -> str:
        """What to say when all is left as it is."""
        if not self.behind:
            return "Ended at once; what was recorded is kept."
        lines = [f"{stays}\n  do:  {command}" for stays, command in self.behind]
        return "\n".join(["Ended at once, and this is left as it is:", *lines])


INTERRUPTION = Interruption()


@contextmanager
def left_behind(stays: str, command: str) -> Iterator[None]:
    """While inside, a second Ctrl-C prints that this is left behind, and the command that takes it back."""
    leave_behind(stays, command)
    try:
        yield
    finally:
        is_back(stays, command)


def leave_behind(stays: str, command: str) -> None:
    """The same from now on, until `is_back`."""
    INTERRUPTION.behind.append((stays, command))


def is_back(stays: str, command: str) -> None:
    with suppress(ValueError):
        INTERRUPTION.behind.remove((stays, command))


@contextmanager
def shielded() -> Iterator[None]:
    """A first Ctrl-C waits until this is done; a second one does not. What is inside is bounded, and shown."""
    INTERRUPTION.shields += 1
    try:
        yield
    finally:
        INTERRUPTION.shields -= 1
    if INTERRUPTION.waiting and not INTERRUPTION.shields:
        INTERRUPTION.waiting = False
        raise KeyboardInterrupt
