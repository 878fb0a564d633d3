"""What statements ran between two reads, and which of them are worth a look."""

from __future__ import annotations

from collections.abc import Mapping

_HEAVY = 30  # texts are fetched for so many of the heaviest by time, and half as many of the most often called


def growth(first: Mapping[int, tuple[float, float]], last: Mapping[int, tuple[float, float]]) -> dict[int, list[float]]:
    """Calls and milliseconds of each statement between two reads; one that was evicted between them starts at 0."""
    grown = {}
    for statement, now in last.items():
        before = first.get(statement, (0.0, 0.0))
        grown[statement] = [n - b if n >= b else n for n, b in zip(now, before, strict=True)]
    return grown


def heaviest(grown: Mapping[int, list[float]], count: int = _HEAVY) -> list[int]:
    """The statements with the most time, and the half as many with the most calls."""
    ran = [statement for statement, (calls, _) in grown.items() if calls > 0]
    by_time = sorted(ran, key=lambda statement: -grown[statement][1])[:count]
    by_calls = sorted(ran, key=lambda statement: -grown[statement][0])[: count // 2]
    return list(dict.fromkeys([*by_time, *by_calls]))
