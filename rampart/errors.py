"""Every way that a command can fail, as a value until the top: what happened, why, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of the `rampart` program."""

    DONE = 0
    OBJECTIVE_MISSED = 1
    USAGE = 2
    NOT_READY = 3
    INCOMPLETE = 4
    VIOLATION = 5
    OUR_FAULT = 70  # what sysexits.h calls EX_SOFTWARE


class RampartError(Exception):
    """What happened, why, and what to do about it; `commands.main` prints it and exits with `code`."""

    code: ExitCode = ExitCode.INCOMPLETE

    def __init__(self, what: str, why: str, remedy: str) -> None:
        super().__init__(f"{what}: {why}. {remedy}")
        self.what, self.why, self.remedy = what, why, remedy

    def as_json(self) -> dict[str, object]:
        """As the run's `run.json` holds it."""
        return {"what": self.what, "why": self.why, "exit": int(self.code)}


class UsageError(RampartError):
    """The words of the call, or a file that the user wrote, do not fit."""

    code = ExitCode.USAGE


class NotReady(RampartError):
    """The environment or the target is not ready; nothing was done to it."""

    code = ExitCode.NOT_READY


class Incomplete(RampartError):
    """A run stopped early or is not to be trusted; what was recorded is kept."""

    code = ExitCode.INCOMPLETE


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the known word nearest to `word`, or lists what is known."""
    words = sorted(known)
    bare = {one.lstrip("-"): one for one in words}  # the dashes that all options share make none of them alike
    close = difflib.get_close_matches(word.lstrip("-"), bare, n=1, cutoff=0.5)
    return f"Did you mean {bare[close[0]]!r}?" if close else f"Known: {', '.join(words)}."
