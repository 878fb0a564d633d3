"""The instrument doubts itself first: was the load what we asked for, and are the numbers the target's?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analysis import thresholds
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.record.scenario import ScenarioNotes
from analysis.stages import steal_time
from analysis.stages.interactive_law import little_error, think_time
from analysis.stages.operating_point import Point, enough
from analysis.stages.piling import flowed_off, growth
from analysis.stages.refusals import refused
from analysis.stages.steadiness import contradicted
from analysis.stages.target_changes import changes, restarted
from analysis.stages.unanswered import unanswered
from rampart import metrics, resources
from rampart.model import JSON

_FIGURES = re.compile(r"\d[\d.,]*")
ANSWERS = "answers"  # the name of the check that asks what one user alone is refused


@dataclass(frozen=True, slots=True)
class Check:
    """One doubt and its answer; `fatal`: with this one no verdict stands."""

    name: str
    ok: bool
    claim: str
    fatal: bool = False


def judge(points: Sequence[Point], requests: Requests, readings: Readings) -> list[Point]:
    """The points, those that cannot be trusted marked with the reason."""
    seen = [p if p.stage.purpose == "profile" else _seen(p, requests, readings) for p in points]
    ramp = [p for p in seen if p.stage.purpose != "profile"]
    think = think_time([p for p in ramp if p.unanswered is None])  # users who wait all along think no longer
    judged = [
        p if p.stage.purpose == "profile" or p.why_invalid else replace(p, why_invalid=_fault(p, think, readings))
        for p in seen
    ]
    levels = sorted({p.stage.tenants for p in ramp})
    of_level = [[p for p in judged if p.stage.purpose != "profile" and p.stage.tenants == n] for n in levels]
    passing = {index: other for level in of_level for index, other in contradicted(level, readings).items()}
    return [replace(p, why_invalid=_passing(p, passing[p.index])) if p.index in passing else p for p in judged]


def _passing(point: Point, other: Point) -> str:
    return (
        f"requests piled up in it: {point.throughput_rps:.0f} a second do not last, as {other.throughput_rps:.0f} at "
        f"{other.users} users show"
    )


def _seen(point: Point, requests: Requests, readings: Readings) -> Point:
    """The point with what speaks against it by itself: the generator's faults, and a target that did not answer."""
    if (fault := _generator_fault(point, requests, readings)) is not None:
        return replace(point, why_invalid=fault, by_generator=True)
    if (pause := unanswered(point, requests, readings)) is not None:
        said = f"the target answered nobody for {pause.seconds:.1f} s of it"
        return replace(point, why_invalid=said, unanswered=pause)
    if not point.requests:
        return replace(point, why_invalid="no request ended in it", by_generator=True)
    return point


def _generator_fault(point: Point, requests: Requests, readings: Readings) -> str | None:
    if not point.seconds > 0:
        return "its clock went backwards"
    if (used := point.utilisation.get(resources.GENERATOR_PROCESS, 0.0)) > thresholds.GENERATOR_CPU:
        return f"the load generator used {used:.0%} of a core"
    slip, lag = requests.slip_ms(point.index, 0.95), readings.mean(metrics.GENERATOR_LAG_MS, *point.window) or 0.0
    if slip > thresholds.GENERATOR_SLIP_MS and lag > thresholds.GENERATOR_SLIP_MS:
        return f"the load generator sent 5 % of the requests more than {slip:.0f} ms late"
    return None


def _fault(point: Point, think_s: float, readings: Readings) -> str | None:
    users = readings.mean(metrics.GENERATOR_USERS, *point.window)
    if users is not None and users < (1 - thresholds.MISSING_USERS) * point.users - 1:
        return f"only {users:.0f} of {point.users} users ran"
    if (who := restarted(point, readings)) is not None:
        return f"{who} was restarted in it"
    if (busy := point.utilisation.get(resources.STRANGERS_CPU, 0.0)) > thresholds.STRANGERS_CPU:
        return f"processes that are not ours used {busy:.0%} of the machine"
    tolerance = max(thresholds.LITTLE, 4 / point.requests**0.5)
    # What the generator gave in this very stage, where that was recorded.
    if (error := little_error(point, think_s if point.think_s is None else point.think_s)) > tolerance:
        if flowed_off(growth(readings, *point.window) or 0.0, point.users):
            return "what had piled up before it flowed off in it"
        return f"{error:.0%} more was sent than {point.users} users can send (N = X(R+Z))"
    return steal_time.fault(point)


def checks(
    points: Sequence[Point], requests: Requests, readings: Readings, probes: Sequence[JSON], notes: ScenarioNotes
) -> list[Check]:
    """The doubts about the run as a whole."""
    ramp = [p for p in points if p.stage.purpose != "profile"]
    # A target that does not answer is no fault of the measurement.
    invalid = [p for p in ramp if p.why_invalid and p.unanswered is None]
    reasons = _one_of_a_kind(str(p.why_invalid) for p in invalid)
    return [
        _generator(ramp),
        _reconciled(requests, readings, notes.why_lost),
        _answers(requests),
        Check(
            "stages",
            not invalid,
            f"{len(ramp) - len(invalid)} of {len(ramp)} stages can be trusted"
            + (f" ({'; '.join(reasons[:3])})" if reasons else ""),
            fatal=bool(ramp) and len(invalid) > 0.5 * len(ramp),
        ),
        *_few(ramp),
        _quiet(ramp),
        _same(ramp, readings),
        _probes(probes),
        *([_scenario(notes)] if notes.recorded else []),
    ]


def _few(ramp: Sequence[Point]) -> list[Check]:
    """Stages that can be trusted, and are left out all the same: their latency and throughput are chance."""
    few = [p for p in ramp if p.why_invalid is None and not enough(p)]
    if not few:
        return []
    said = ", ".join(f"{p.requests} at {p.users} user{'s' if p.users > 1 else ''}" for p in few[:3])
    more = f", and {len(few) - 3} more" if len(few) > 3 else ""
    claim = f"{len(few)} of {len(ramp)} stages had fewer than {thresholds.MIN_REQUESTS:.0f} requests and are left out "
    return [Check("requests", False, f"{claim}({said}{more}): give the run more minutes")]


def _one_of_a_kind(reasons: Iterable[str]) -> list[str]:
    """Reasons that differ in their figures alone are told once."""
    return list({_FIGURES.sub("", reason): reason for reason in sorted(set(reasons))}.values())


def _generator(ramp: Sequence[Point]) -> Check:
    used = [p.utilisation[resources.GENERATOR_PROCESS] for p in ramp if resources.GENERATOR_PROCESS in p.utilisation]
    if not used:
        missing = "its processor time was not recorded" if ramp else "no stage of the ramp has ended"
        return Check("load generator", False, missing)
    return Check(
        "load generator", max(used) <= thresholds.GENERATOR_CPU, f"it used at most {max(used):.0%} of one core"
    )


def _reconciled(requests: Requests, readings: Readings, why_lost: str) -> Check:
    counted = sum(s.value.max() for s in readings.of(metrics.GENERATOR_REQUESTS))
    lost = sum(s.value.max() for s in readings.of(metrics.GENERATOR_LOST))
    if counted == 0 and requests.rows == 0 and readings.of(metrics.GENERATOR_REQUESTS):
        return Check("recording", True, "no request ended, by Locust's own count too")
    if counted == 0:
        return Check(
            "recording", requests.rows > 0, f"{requests.rows} rows, and no count of Locust's to compare them with"
        )
    off = abs(requests.rows - counted) / counted
    claim = f"{requests.rows:,} rows recorded, Locust counted {counted:,.0f}"
    why = f" ({why_lost})" if why_lost else ""
    said = f", {lost:.0f} could not be written{why}" if lost else ""
    bad = lost > 0 or (off > thresholds.RECONCILE and abs(requests.rows - counted) > 50)
    return Check("recording", not bad, claim + said, fatal=bad)


def _answers(requests: Requests) -> Check:
    said, spoiled = refused(requests)
    claim = f"one user alone is refused {said}: look at the scenario" if said else "one user alone is not refused"
    return Check(ANSWERS, not said, claim, fatal=spoiled)


def _quiet(ramp: Sequence[Point]) -> Check:
    strangers = [p.utilisation[resources.STRANGERS_CPU] for p in ramp if resources.STRANGERS_CPU in p.utilisation]
    if not strangers:
        return Check("quiet machine", True, "the machine's own load was not recorded")
    worst = max(strangers)
    return Check(
        "quiet machine", worst <= thresholds.STRANGERS_CPU, f"other processes used at most {worst:.0%} of the machine"
    )


def _same(ramp: Sequence[Point], readings: Readings) -> Check:
    said = changes(ramp, readings)
    return Check("same target", not said, f"the target changed: {'; '.join(said[:3])}" if said else "it did not change")


def _probes(probes: Sequence[JSON]) -> Check:
    failing = [p["name"] for p in probes if p.get("reads") and p["failures"] > 0.2 * p["reads"]]
    claim = f"{', '.join(failing)} failed in more than a fifth of their reads" if failing else "all probes answered"
    return Check("probes", not failing, claim)


def _scenario(notes: ScenarioNotes) -> Check:
    if not notes.raised:
        return Check("scenario", True, "it raised no exception")
    count, first = sum(one.count for one in notes.raised), notes.raised[0]
    others = len(notes.raised) - 1
    more = f", and {others} other{'s' if others > 1 else ''}" if others else ""
    return Check("scenario", False, f"it raised {count:,} exception{'s' if count > 1 else ''}: {first.quoted}{more}")
