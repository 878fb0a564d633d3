"""Exceptions that the scenario itself raises, in a task or in `on_start`: Locust only logs them; here they count."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any

_LONGEST = 300
_DISTINCT = 50


class Failures:
    """The scenario's exceptions by what they say and where, since the start."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}
        self.total = 0

    def on_user_error(self, exception: BaseException, tb: TracebackType | None, **_: Any) -> None:
        self.total += 1
        said = f"{type(exception).__name__}: {exception}"[:_LONGEST]
        key = (said, _place(tb))
        if key in self.counts or len(self.counts) < _DISTINCT:
            self.counts[key] = self.counts.get(key, 0) + 1

    def rows(self) -> list[dict[str, Any]]:
        """The most frequent ones, for the conductor; their texts may hold secrets and are masked there."""
        most = sorted(self.counts.items(), key=lambda item: -item[1])[:5]
        return [{"said": said, "place": place, "count": count} for (said, place), count in most]


def _place(tb: TracebackType | None) -> str:
    """`on_start (locustfile.py, line 9)`: the last frame that is not Locust's own."""
    frames = [frame for frame in traceback.extract_tb(tb) if "/site-packages/" not in frame.filename]
    if not frames:
        return ""
    frame = frames[-1]
    return f"{frame.name} ({frame.filename.rpartition('/')[2]}, line {frame.lineno})"
