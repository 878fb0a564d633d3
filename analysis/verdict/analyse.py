"""From a recorded run to its verdict: validity, knee, ledger, blame, detectors, order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analysis.experiment import decide
from analysis.forecast import utilisation_law
from analysis.forecast.scorecard import foresight
from analysis.level import level_data as cases
from analysis.ranking import share_intervals
from analysis.ranking.judge import DETECTORS, Level, judge
from analysis.record.readings import Readings
from analysis.record.requests import Requests, read_requests
from analysis.stages import operating_point, service_demand, validity
from analysis.stages.steal_time import bounded
from analysis.verdict import accidents, sentence, serialise
from analysis.verdict.capacity import capacity
from analysis.verdict.points_json import as_json
from rampart.model import JSON
from rampart.runs import Run
from rampart.tables import SCHEMA

__all__ = ["DETECTORS", "analyse"]


def analyse(run: Run) -> JSON:
    """The verdict of a run as `verdict.json` holds it; it reads the folder and nothing else."""
    about, stages = run.about, run.stages()
    readings, requests = Readings(run.readings()), read_requests(run.requests(), stages)
    seen = bounded(validity.judge(operating_point.operating_points(requests, readings), requests, readings))
    checks = validity.checks(seen, requests, readings, run.read_json("probes.json", []))
    slo = (about.get("target") or {}).get("slo") or {}
    facts = run.read_json("statements.json", {})
    levels = []
    for tenants in sorted({s.tenants for s in stages}):
        of_level = [p for p in seen if p.stage.tenants == tenants]
        demands = service_demand.demands(of_level, requests, readings)
        case = cases.build(tenants, of_level, demands, requests, readings, facts, slo.get("p95_ms", 500.0))
        levels.append(_confirmed(judge(case, checks), run.read_json("confirm.json")))
    verdict = _assemble(about, levels, seen, requests, checks, slo.get("error_ratio", 0.01), facts)
    last = max((s.tenants for s in stages), default=0)
    provoked = run.read_json("effects.json", [])
    verdict["violations"] += accidents.violations(provoked, last)
    verdict["gaps"] += accidents.unseen(provoked)
    return {**verdict, **foresight(run, levels, seen, readings)}


def _confirmed(level: Level, seen: JSON | None) -> Level:
    """The level with the status that an experiment gave its first bottleneck."""
    first = level.first and decide.upgrade(level.first, seen)
    return replace(level, first=first, ranked=[first if f is level.first and first else f for f in level.ranked])


def _assemble(
    about: JSON, levels: Sequence[Level], seen: Sequence[operating_point.Point], requests: Requests,
    checks: Sequence[validity.Check], error_ratio: float, facts: JSON,
) -> JSON:  # fmt: skip
    top = _decisive(levels)
    first = top.first if top else None
    return {
        "schema": SCHEMA,
        "outcome": top.outcome if top else "invalid",
        "sentence": _sentence(levels, top),
        "first": serialise.of_finding(first, top) if top and first else None,
        "tied_with": [f.id for f in top.tied] if top else [],
        "ranked": [serialise.of_finding(f, level) for level in levels for f in level.ranked],
        "inefficiencies": serialise.inefficiencies(levels),
        "violations": serialise.violations(seen, requests),
        "capacity": [capacity(level.case, error_ratio) for level in levels],
        "levels": [serialise.of_level(level) for level in levels],
        "next": utilisation_law.upcoming(top.case, top.blame, first.id, first.consequences) if top and first else [],
        "predicted": {str(level.case.tenants): utilisation_law.predictions(level.case) for level in levels},
        "validity": {
            "ok": all(check.ok for check in checks),
            "checks": [{"name": c.name, "ok": c.ok, "claim": c.claim} for c in checks],
        },
        "gaps": [*about.get("gaps", []), *serialise.partial(facts)],
        "points": [as_json(p, requests) for p in seen if p.stage.purpose != "profile"],
        "ledger": [
            {
                **share_intervals.as_json(level.case, level.entries, level.draws),
                "blamed": serialise.blamed_shares(level),
            }
            for level in levels
            if level.case.low and level.case.high
        ],
        "profile": serialise.cost(levels),
        "run": {"outcome": about.get("outcome"), "error": about.get("error")},
    }


def _decisive(levels: Sequence[Level]) -> Level | None:
    """The level that the verdict speaks of: the largest with a bottleneck, else the largest."""
    named = [level for level in levels if level.first is not None]
    return (named or list(levels) or [None])[-1]  # type: ignore[list-item]


def _sentence(levels: Sequence[Level], top: Level | None) -> str:
    if top is None:
        return "Nothing was measured."
    said = sentence.of_level(top.case, top.first, top.outcome)
    if top.tied:
        said += f" It cannot be told apart from {' and '.join(sentence.named(f) for f in top.tied)}."
    others = [level for level in levels if level is not top and level.case.knee.value is not None]
    if others and top.first is not None:
        lowest = others[0]
        said += f" At {lowest.case.tenants:,} tenants that was {sentence.users(lowest.case.knee)}"
        said += (
            f", limited by {sentence.named(lowest.first)}." if lowest.first and lowest.first.id != top.first.id else "."
        )
    return said
