"""What was found out about the scenario while it ran: the lines of `scenario.jsonl`, as the load told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rampart.model import JSON


@dataclass(frozen=True, slots=True)
class Raised:
    """One exception of the scenario's, as often as it came."""

    said: str  # "KeyError: 'items'"
    place: str  # "first_item (locustfile.py, line 12)"; empty: not in the scenario's own files
    count: int

    @property
    def quoted(self) -> str:
        return f"{self.said} in {self.place}" if self.place else self.said


@dataclass(frozen=True, slots=True)
class ScenarioNotes:
    """All that is known of it; a run from before there were notes has none."""

    recorded: bool = False
    options: Mapping[str, str] = field(default_factory=dict)  # Locust's that were put back, with their values
    hosts: Mapping[str, str] = field(default_factory=dict)  # by class: its own host, which is not allowed
    shape: str | None = None  # the load shape of its own
    fixed: Mapping[str, int] = field(default_factory=dict)  # by class: users whose number does not follow the load
    lock_step: Sequence[str] = ()  # classes whose users fire together
    without_tasks: Sequence[str] = ()  # classes whose tasks are not known beforehand
    unprofiled: Sequence[str] = ()  # tasks of which no request was seen alone
    raised: Sequence[Raised] = ()  # in the order in which they first came
    why_lost: str = ""  # why rows could not be written
    cut_off_s: float | None = None  # its clean-up took longer than this, and was ended


def scenario_notes(lines: Iterable[JSON]) -> ScenarioNotes:
    """The notes in the lines of the file; a load is started for each tenant level, and each adds its own."""
    rows = list(lines)
    told: JSON = {}
    for row in _of(rows, "scenario"):
        told |= row
    classes = told.get("classes", [])
    return ScenarioNotes(
        recorded=bool(rows),
        options={name: str(value) for row in _of(rows, "options") for name, value in row["put_back"].items()},
        hosts={row["user"]: row["host"] for row in told.get("hosts", [])},
        shape=told.get("shape"),
        fixed={row["name"]: row["fixed_count"] for row in classes if row.get("fixed_count")},
        lock_step=[row["name"] for row in classes if row.get("lock_step")],
        without_tasks=list(told.get("without_tasks", [])),
        unprofiled=list(dict.fromkeys(str(row["task"]) for row in _of(rows, "unprofiled"))),
        raised=_summed(_of(rows, "exception")),
        why_lost=next((str(row["why"]) for row in _of(rows, "lost")), ""),
        cut_off_s=max((float(row["seconds"]) for row in _of(rows, "cut_off")), default=None),
    )


def _of(rows: Iterable[JSON], kind: str) -> list[JSON]:
    return [row for row in rows if row.get("kind") == kind]


def _summed(rows: Iterable[JSON]) -> list[Raised]:
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        key = (str(row["said"]), str(row["place"]))
        counts[key] = counts.get(key, 0) + int(row["count"])
    return [Raised(said, place, count) for (said, place), count in counts.items()]
