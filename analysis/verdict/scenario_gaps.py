"""Where a run differs from what its scenario asks for, and what of the scenario was not seen: each a gap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analysis.detectors._detector import Needs
from analysis.detectors._found import needing
from analysis.record.requests import Requests
from analysis.record.scenario import ScenarioNotes
from analysis.stages.operating_point import Point
from rampart.model import Gap

_SHOWN = 5


def scenario_gaps(notes: ScenarioNotes, points: Sequence[Point], requests: Requests, digests: bool) -> list[Gap]:
    """The gaps of a run, `digests` being whether equal answers were to be recognised."""
    return [
        *_put_back(notes),
        *_not_profiled(notes, points, requests),
        *_mix(notes, points, requests),
        *_lock_step(notes),
        *_cut_off(notes),
        *([] if digests else [_without_digests()]),
    ]


def _put_back(notes: ScenarioNotes) -> Iterator[Gap]:
    if notes.options:
        listed = ", ".join(f"{name} = {value}" for name, value in sorted(notes.options.items()))
        yield _gap(
            "SCENARIO-OPTIONS",
            f"options of Locust that steer the load were put back: {listed}",
            remedy="Users, time and processes are Rampart's: set max_users in [load].",
        )
    for name, host in sorted(notes.hosts.items()):
        yield _gap(
            "SCENARIO-HOST",
            f"{name} has a host of its own, {host}, that is not allowed: its load went to the target",
            remedy=f'If it is to be loaded, write allow = ["{host}"] in the target file.',
        )
    if notes.shape:
        yield _gap("SCENARIO-SHAPE", f"the scenario's own load shape {notes.shape} was replaced by the ramp")


def _not_profiled(notes: ScenarioNotes, points: Sequence[Point], requests: Requests) -> Iterator[Gap]:
    if notes.unprofiled:
        said = f"{_listed(notes.unprofiled)} sent no request alone, by a user of its own class"
        yield _gap(
            "TASKS-NOT-PROFILED",
            f"{said}: what its requests cost is not known",
            needing(Needs.PROFILE),
            "A task that sends within a few seconds of its user's start can be profiled.",
        )
    if notes.without_tasks:
        said = f"{_listed(notes.without_tasks)} has no tasks of its class: its users choose them for themselves"
        yield _gap("TASKS-NOT-KNOWN", f"{said}, so none was profiled", needing(Needs.PROFILE))
    unseen = _unseen(points, requests)
    if unseen:
        yield _gap(
            "ENDPOINTS-NOT-PROFILED",
            f"no task that was profiled sent {_listed(unseen)}",
            needing(Needs.PROFILE),
            "A task that sends it seldom can be split in two.",
        )


def _unseen(points: Sequence[Point], requests: Requests) -> list[str]:
    """Endpoints that the ramp sent and the profile did not, where there was one."""
    profile = [p.index for p in points if p.stage.purpose == "profile"]
    ramp = [p.index for p in points if p.stage.purpose != "profile"]
    if not profile or not ramp:
        return []
    alone, together = requests.sent[profile].sum(0), requests.sent[ramp].sum(0)
    return [
        name for name, a, b in zip(requests.endpoints, alone.tolist(), together.tolist(), strict=True) if b and not a
    ]


def _mix(notes: ScenarioNotes, points: Sequence[Point], requests: Requests) -> Iterator[Gap]:
    """Classes of a fixed number of users: the more users, the less of the load is theirs."""
    ramp = [p for p in points if p.stage.purpose != "profile" and p.requests]
    if not notes.fixed or not ramp:
        return
    low, high = min(ramp, key=lambda p: p.users), max(ramp, key=lambda p: p.users)
    crowded = low.users <= sum(notes.fixed.values())
    if low.users == high.users and not crowded:
        return
    others = f"; at {low.users} users nobody is of the other classes" if crowded else ""
    who = ", ".join(f"{name} has {count}" for name, count in sorted(notes.fixed.items()))
    shares = "; ".join(f"{name} {a:.0%} and {b:.0%}" for name, a, b in _most_changed(low, high, requests))
    yield _gap(
        "MIX-CHANGES",
        f"the mix of requests changes along the ramp, for some classes have a fixed number of users ({who}). "
        f"Shares at {low.users} and at {high.users} users: {shares}{others}",
        remedy="Give the class a weight instead of fixed_count, or read the knee as that of this mix.",
    )


def _most_changed(low: Point, high: Point, requests: Requests) -> list[tuple[str, float, float]]:
    """Endpoints with their shares of two stages, by how much they differ."""
    first, last = (requests.count[p.index] / max(requests.count[p.index].sum(), 1) for p in (low, high))
    rows = zip(requests.endpoints, first.tolist(), last.tolist(), strict=True)
    return sorted(rows, key=lambda row: (-round(abs(row[2] - row[1]), 6), row[0]))[:_SHOWN]


def _lock_step(notes: ScenarioNotes) -> Iterator[Gap]:
    if notes.lock_step:
        said = f"users of {_listed(notes.lock_step)} that start together send in step: requests came in bursts"
        yield _gap(
            "LOCK-STEP",
            f"{said}, and waited for each other",
            remedy="Use between(…) or poisson(…) in place of constant_pacing and constant_throughput.",
        )


def _cut_off(notes: ScenarioNotes) -> Iterator[Gap]:
    if notes.cut_off_s is not None:
        said = f"the scenario's clean-up (on_stop, test_stop) took more than {notes.cut_off_s:g} s and was ended"
        yield _gap("CLEAN-UP-CUT-OFF", said, remedy="What it leaves in the target may have to be removed by hand.")


def _without_digests() -> Gap:
    return _gap(
        "DIGESTS-OFF",
        "equal answers were not recognised, as [load] digests = false says",
        needing(Needs.DIGESTS),
        "Take that line out of the target file.",
    )


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return ", ".join(known[:_SHOWN]) + more


def _gap(code: str, reason: str, lost: tuple[str, ...] = (), remedy: str = "") -> Gap:
    return Gap(code, reason, lost, remedy)
