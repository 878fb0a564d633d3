"""Everything that a tenant ever did with its tasks, for its archive: put together in loops over loops."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]


def told(tasks: Sequence[Row], events: Sequence[Row]) -> list[Row]:
    """Each task with the number of events about it, of tasks that were open when it was made, and those next to it."""
    return [
        {
            **task,
            "events": len(_about(task, events)),
            "open_beside": len(_beside(task, tasks)),
            "next_to": " ".join(str(other["id"]) for other in _nearest(task, tasks)),
        }
        for task in tasks
    ]


def _about(task: Row, events: Sequence[Row]) -> list[Row]:
    subject = f"task {task['id']}"
    return [event for event in events if event["subject"] == subject]


def _beside(task: Row, tasks: Sequence[Row]) -> list[Row]:
    return [
        other
        for other in tasks
        if other["created_at"] <= task["created_at"]
        and (other["completed_at"] is None or other["completed_at"] > task["created_at"])
    ]


def _nearest(task: Row, tasks: Sequence[Row]) -> list[Row]:
    return heapq.nsmallest(2, tasks, key=lambda other: abs(other["created_at"] - task["created_at"]))
