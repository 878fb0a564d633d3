"""Tasks that say nearly the same, folded into one: each is compared with each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]

_ALIKE = 0.8  # of the words of two titles


def folded(tasks: Sequence[Row]) -> list[Row]:
    """The tasks but for those that are like an earlier one, each with the number of tasks that it is like."""
    alike = [
        [other for other in tasks[: place + 1] if _likeness(task, other) >= _ALIKE] for place, task in enumerate(tasks)
    ]
    return [{**task, "alike": len(found)} for task, found in zip(tasks, alike, strict=True) if found[0] is task]


def _likeness(task: Row, other: Row) -> float:
    words, others = set(task["title"].lower().split()), set(other["title"].lower().split())
    return len(words & others) / max(len(words | others), 1)
