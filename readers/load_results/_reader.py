"""What a reader of load results is, what it is given, and what it gives back."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rampart.errors import UsageError, nearest

HEAD = 4096  # characters that are enough to tell one format from another


@dataclass(frozen=True, slots=True)
class Window:
    """What was measured over a while, at one load."""

    users: float
    served_rps: float  # requests that succeeded, per second
    at_s: float | None = None  # when, from any origin; None where the file has no clock
    stage: str | None = None  # None where the file does not name its stages


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's windows in its own order, and the endpoints that it tells apart."""

    windows: list[Window]
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is to be read; `.gz` is unpacked on the way."""

    path: Path
    endpoint: str | None = None  # the only one whose requests count; None for all

    def open(self, errors: str = "strict") -> IO[str]:
        if self.path.suffix == ".gz":
            return gzip.open(self.path, "rt", encoding="utf-8-sig", errors=errors)
        return self.path.open(encoding="utf-8-sig", errors=errors)

    def head(self) -> str:
        with self.open(errors="replace") as file:
            return file.read(HEAD)

    def text(self) -> str:
        with self.open() as file:
            return file.read()

    def first_line(self) -> str:
        """The first line that is not blank."""
        return next((line for line in self.head().splitlines() if line.strip()), "")

    def unreadable(self, why: str, remedy: str) -> UsageError:
        return UsageError(f"{self.path.name} cannot be read", why, remedy)

    def choose(self, endpoints: Iterable[str]) -> tuple[str, ...]:
        """The endpoints of the file; an error if the one that was asked for is not among them."""
        known = tuple(dict.fromkeys(endpoints))
        if self.endpoint is not None and self.endpoint not in known:
            hint = nearest(self.endpoint, known) if known else "Leave out --endpoint."
            raise self.unreadable(f"it has no endpoint {self.endpoint!r}", hint)
        return known


@dataclass(frozen=True, slots=True)
class Reader:
    """One format. Files of one that `joins` and that hold one or two loads each make one curve together."""

    name: str  # as --format takes it
    summary: str
    example: str  # how such a file is written and read
    recognises: Callable[[Source], bool]  # from the head of the file
    read: Callable[[Source], Reading]  # raises UsageError
    joins: bool = True


def begins(pattern: str) -> Callable[[Source], bool]:
    """Recognises files in whose head a line begins with `pattern`."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda source: compiled.search(source.head()) is not None


def has_columns(*names: str) -> Callable[[Source], bool]:
    """Recognises delimited files whose header has all of these columns, whatever the delimiter is."""

    def recognises(source: Source) -> bool:
        cells = {cell.strip().strip('"') for cell in re.split(r"[,;\t]", source.first_line())}
        return cells.issuperset(names)

    return recognises
