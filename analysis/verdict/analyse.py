"""From a recorded run to its verdict: validity, knee, ledger, blame, detectors, order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analysis.detectors._violation import Seen
from analysis.detectors._violations_found import found, unseen
from analysis.experiment import decide
from analysis.forecast import after_remedy, utilisation_law
from analysis.forecast.scorecard import Foresight, foresight
from analysis.level.recorded import read
from analysis.ranking.judge import DETECTORS, JudgedLevel, judge
from analysis.record.declared import declared
from analysis.record.requests import Requests
from analysis.stages import operating_point, validity
from analysis.verdict import parts, points
from analysis.verdict.capacity import capacity
from analysis.verdict.failures import beside, failures
from analysis.verdict.headline import headline
from analysis.verdict.held_users import held_users
from analysis.verdict.objectives import objectives, unseen_endpoints, wanted_users
from analysis.verdict.scenario_gaps import scenario_gaps
from analysis.verdict.title import title
from analysis.verdict.undecided import sentence, undecided
from analysis.verdict.unexplained import unexplained
from rampart.model import JSON
from rampart.runs import Run
from rampart.verdict import SCHEMA, Objective, RunEnd, RunError, Validity, ValidityCheck, Verdict
from rampart.verdict_exit_code import conclusion

__all__ = ["DETECTORS", "analyse"]


def analyse(run: Run) -> Verdict:
    """The verdict of a run; it reads the folder and nothing else."""
    about, stages, recorded = run.about, run.stages(), read(run)
    facts = run.read_json("statements.json", {})
    levels = [_confirmed(judge(level, recorded.checks), run.read_json("confirm.json")) for level in recorded.levels]
    verdict = _assemble(
        about, levels, recorded.points, recorded.requests, recorded.checks, facts,
        foresight(run, levels, recorded.points, recorded.readings),
    )  # fmt: skip
    last = max((s.tenants for s in stages), default=0)
    seen = Seen(recorded.points, recorded.requests, run.read_json("effects.json", []), last)
    told = declared(run.read_json("metrics.json", []))
    digests = ((about.get("target") or {}).get("load") or {}).get("digests", True)
    unlike = scenario_gaps(recorded.notes, recorded.points, recorded.requests, digests)
    whole = replace(
        verdict,
        violations=found(seen),
        gaps=(*verdict.gaps, *unseen(seen), *unlike, *unseen_endpoints(recorded)),
        unexplained_saturation=tuple(row for judged in levels for row in unexplained(judged, told)),
    )
    return replace(whole, gaps=parts.not_named(whole), conclusion=conclusion(whole))


def _confirmed(judged: JudgedLevel, seen: JSON | None) -> JudgedLevel:
    """The level with the status that an experiment gave its first bottleneck."""
    first = judged.first and decide.upgrade(judged.first, seen)
    return replace(judged, first=first, ranked=[first if f is judged.first and first else f for f in judged.ranked])


def _assemble(
    about: JSON, levels: Sequence[JudgedLevel], seen: Sequence[operating_point.Point], requests: Requests,
    checks: Sequence[validity.Check], facts: JSON, ahead: Foresight,
) -> Verdict:  # fmt: skip
    top = _decisive(levels)
    first = top.first if top else None
    failed = failures([judged.level for judged in levels])
    interrupted = about.get("outcome") == "interrupted"
    blind = parts.gaps(about, facts)
    open_still = undecided(top, blind) if top else None
    told = sentence(open_still, named=first is not None) + (beside(failed, top.level.tenants) if top else "")
    return Verdict(
        schema=SCHEMA,
        outcome=top.outcome if top else "invalid",
        sentence=headline(levels, top, told, checks, interrupted=interrupted),
        first=parts.explained(first, top) if top and first else None,
        tied_with=tuple(f.id for f in top.tied) if top else (),
        joint=tuple(f.id for f in top.order.joint) if top and first else (),
        ranked=tuple(parts.explained(f, judged) for judged in levels for f in judged.ranked),
        inefficiencies=tuple(parts.inefficiencies(levels)),
        violations=(),
        capacity=tuple(capacity(judged.level) for judged in levels),
        levels=tuple(parts.level_verdict(judged) for judged in levels),
        next=tuple(after_remedy.upcoming(top)) if top else (),
        predicted_ladder=tuple(after_remedy.ladder(top)) if top else (),
        predicted={judged.level.tenants: tuple(utilisation_law.predictions(judged.level)) for judged in levels},
        predicted_before=tuple(ahead.predicted_before),
        forecasts=tuple(ahead.forecasts),
        elasticity=tuple(ahead.elasticity),
        validity=Validity(all(c.ok for c in checks), tuple(ValidityCheck(c.name, c.ok, c.claim) for c in checks)),
        gaps=tuple(blind),
        points=tuple(points.shown(p, requests) for p in seen if p.stage.purpose != "profile"),
        ledger=tuple(parts.added_latency(judged) for judged in levels if judged.level.low and judged.level.high),
        profile=parts.profile(levels),
        run=_run_end(about),
        objectives=tuple(row for judged in levels for row in _objectives(judged, wanted_users(about))),
        failures=tuple(failed),
        resource=parts.full(top) if top else None,
        undecided=open_still,
        title=title(top, interrupted=interrupted),
    )


def _objectives(judged: JudgedLevel, wanted: int | None) -> list[Objective]:
    single = list(objectives(judged.level, wanted))
    return [*single, *held_users(judged, wanted, single)]


def _run_end(about: JSON) -> RunEnd:
    outcome, error = about.get("outcome"), about.get("error")
    told = _error(error) if isinstance(error, dict) else None
    return RunEnd(None if outcome is None else str(outcome), told, _stopped(about.get("stopped")))


def _stopped(by: JSON | None) -> str | None:
    """Which rule ended the load, dated back to when it began to hold."""
    if by is None:
        return None
    when = f"it held from {by['since']:.0f} s on, at {by['users']} users"
    return f"The load was stopped by the rule {by['name']} ({by['said']}): {when}."


def _error(error: JSON) -> RunError:
    code = error.get("exit")
    return RunError(str(error.get("what")), str(error.get("why")), code if isinstance(code, int) else 4)


def _decisive(levels: Sequence[JudgedLevel]) -> JudgedLevel | None:
    """The level that the verdict speaks of: the last where the target failed for good, else the largest with a
    bottleneck, else the largest of which a stage was measured."""
    if levels and levels[-1].outcome == "target_failed":
        return levels[-1]
    named = [judged for judged in levels if judged.first is not None]
    measured = [judged for judged in levels if judged.level.points]
    return (named or measured or list(levels) or [None])[-1]  # type: ignore[list-item]
