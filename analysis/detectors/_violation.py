"""What a kind of violation is, and what those of one sort have in common: wrong answers, and jobs gone wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from rampart.model import JSON, Gap
from rampart.verdict import Violation

FAMILY = "correctness"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run recorded that can be wrong."""

    points: Sequence[Point]  # of all stages
    requests: Requests
    accidents: Sequence[JSON]  # `effects.json`: what became of jobs in accidents that were provoked
    tenants: int  # the level at which those were


@dataclass(frozen=True, slots=True)
class ViolationKind:
    """All there is to say of one kind of violation: a value in capitals in a file of its own.

    One row of it means that the load was not held, and that the run exits with 5, whatever else it found.
    """

    name: str  # the finding id
    summary: str
    find: Callable[[Seen], list[Violation]]
    outcome: str | None = None  # what a scenario calls an answer that shows it: `response.failure("wrong_tenant: …")`
    unseen: Callable[[Seen], list[Gap]] = lambda _seen: []  # where it could not be looked for


def of_answers(name: str, outcome: str, wrong: str, remedy: str) -> Callable[[Seen], list[Violation]]:
    """A row for each level and endpoint with answers of this outcome; `wrong` says what they did."""

    def find(seen: Seen) -> list[Violation]:
        counts: Counter[tuple[int, str]] = Counter()
        if (bad := seen.requests.wrong.get(outcome)) is None:
            return []
        for point in (p for p in seen.points if p.requests):
            for endpoint, count in zip(seen.requests.endpoints, bad[point.index].tolist(), strict=True):
                counts[point.stage.tenants, endpoint] += count
        return [
            Violation(
                name, tenants, endpoint, count,
                f"{count} answer{'s' if count > 1 else ''} of {endpoint} {wrong} at {tenants:,} tenants.", remedy,
            )
            for (tenants, endpoint), count in sorted(counts.items())
            if count
        ]  # fmt: skip

    return find


def of_jobs(name: str, which: str, wrong: str, remedy: str) -> Callable[[Seen], list[Violation]]:
    """A row for each accident after which jobs are listed under `which`; `wrong` says what became of them."""

    def find(seen: Seen) -> list[Violation]:
        return [
            Violation(
                name, seen.tenants, "", len(one[which]),
                f"{len(one[which])} of {one['jobs']} jobs {wrong} when {one['accident']}.", remedy,
            )
            for one in seen.accidents
            if one[which]
        ]  # fmt: skip

    return find
