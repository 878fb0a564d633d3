"""Figures in the summary that a tool prints at the end of a run; a file may hold several, one after the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from readers.load_results._reader import Reading, Source, Window

NUMBER = r"([-+]?[\d.]+(?:e[-+]?\d+)?|[-+]?inf|nan)"


@dataclass(frozen=True, slots=True)
class Summary:
    """The text of one run, and the line of the file on which it begins."""

    source: Source
    text: str
    line: int

    def find(self, pattern: str) -> re.Match[str] | None:
        return re.search(pattern, self.text, re.MULTILINE)

    def need(self, pattern: str, what: str) -> re.Match[str]:
        found = self.find(pattern)
        if found is None:
            why = f"the run that begins on line {self.line} has no {what}"
            raise self.source.unreadable(why, "Keep all that the tool prints.")
        return found

    def number(self, pattern: str, what: str) -> float:
        """The number in the first group of `pattern`; raises `UsageError` if it is missing, negative or not finite."""
        found = self.need(pattern, what)
        return self.checked(found, what)

    def checked(self, found: re.Match[str], what: str, group: int = 1) -> float:
        try:
            value = float(found[group])
        except ValueError:
            value = float("nan")
        if not 0 <= value < float("inf"):
            line = self.line + self.text.count("\n", 0, found.start(group))
            why = f"line {line} has {found[group]!r} as {what}, which must be a finite number that is not negative"
            raise self.source.unreadable(why, "Correct that line.")
        return value

    def count(self, pattern: str, what: str) -> float:
        """The same, 0 where the tool does not print it because there was none."""
        found = self.find(pattern)
        return 0.0 if found is None else self.checked(found, what)


def read_summaries(source: Source, begins: str, window: Callable[[Summary], Window]) -> Reading:
    """One window for each run in the file; `begins` is how the first line of a run begins."""
    source.choose(())
    text = source.text()
    starts = [found.start() for found in re.finditer(begins, text, re.MULTILINE)]
    if not starts:
        raise source.unreadable("no run is in it", "Keep all that the tool prints.")
    ends = [*starts[1:], len(text)]
    runs = [Summary(source, text[a:b], text.count("\n", 0, a) + 1) for a, b in zip(starts, ends, strict=True)]
    return Reading([window(run) for run in runs])
