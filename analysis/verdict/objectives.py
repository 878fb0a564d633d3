"""Each objective at each tenant level: met or missed, by how much, and between which loads it was lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.level.level_data import LevelData
from analysis.level.objective import judgeable
from analysis.level.recorded import RecordedRun
from analysis.record.tally import holds, of_stage, seen
from analysis.stages.operating_point import Point
from rampart.condition import Condition
from rampart.errors import nearest
from rampart.model import JSON, Gap
from rampart.objectives import OBJECTIVES
from rampart.verdict import Objective


def wanted_users(about: JSON) -> int | None:
    """How many users the target file wants to be held, by `run.json`."""
    wanted = ((about.get("target") or {}).get("load") or {}).get("wanted_users")
    return wanted if isinstance(wanted, int) else None


def objectives(level: LevelData, wanted: int | None) -> Iterator[Objective]:
    """Every objective in force, at one level."""
    points = judgeable(level)
    for name, one in level.objectives.items():
        told = [(p, kept) for p in points if (kept := _holds(level, one, p)) is not None]
        missed = min((p.users for p, kept in told if not kept), default=None)
        met = max((p.users for p, _ in told if missed is None or p.users < missed), default=None)
        yield _judged(level, name, one, wanted, (met, missed), [p for p, _ in told])


def _holds(level: LevelData, one: Condition, point: Point) -> bool | None:
    return holds(one, of_stage(level.requests, point.index, one.endpoint))


def _judged(
    level: LevelData, name: str, one: Condition, wanted: int | None, bracket: tuple[int | None, int | None],
    told: Sequence[Point],
) -> Objective:  # fmt: skip
    met_users, missed_users = bracket
    met = _met(one, wanted, met_users, told)
    users = _deciding(told, wanted, bracket)
    value = _worst(level, one, [p for p in told if p.users == users])
    return Objective(
        stated=one.said, tenants=level.tenants, met=met, seen=value, name=name, metric=one.metric,
        endpoint=one.endpoint, limit=one.value, margin=None if value is None else one.value - value, users=users,
        wanted_users=wanted, met_users=met_users, missed_users=missed_users,
        sentence=_sentence(name, one, value, users, wanted, met_users, missed_users),
    )  # fmt: skip


def _met(one: Condition, wanted: int | None, met_users: int | None, told: Sequence[Point]) -> bool | None:
    if not told:
        return None
    if wanted is not None:
        return met_users is not None and met_users >= wanted
    return True if met_users is not None else None if one in OBJECTIVES.values() else False


def _deciding(told: Sequence[Point], wanted: int | None, bracket: tuple[int | None, int | None]) -> int | None:
    """The load that decides: the first beyond what is wanted that met it, else the first that missed it."""
    met_users, missed_users = bracket
    if wanted is not None and met_users is not None and met_users >= wanted:
        return min(p.users for p in told if p.users >= wanted)
    if wanted is not None and missed_users is not None:
        return missed_users
    return met_users if met_users is not None else missed_users


def _worst(level: LevelData, one: Condition, points: Sequence[Point]) -> float | None:
    """Of stages with equally many users, the one that is furthest from the objective."""
    values = [seen(one, of_stage(level.requests, p.index, one.endpoint)) for p in points]
    return max((value for value in values if value is not None), default=None)


def _sentence(
    name: str, one: Condition, value: float | None, users: int | None, wanted: int | None,
    met_users: int | None, missed_users: int | None,
) -> str:  # fmt: skip
    """`latency (p95 < 800ms): met up to 60 users, missed from 120 on; 200 are wanted (920ms at 120)`."""
    said = f"{name} ({one.said}): "
    if value is None:
        return said + "no request says anything of it"
    said += f"met up to {met_users} users" if met_users is not None else "met at no load"
    if missed_users is not None:
        said += f", missed from {missed_users} on"
    if wanted is not None:
        said += f"; {wanted} are wanted"
        said += "" if missed_users is not None or (met_users or 0) >= wanted else " and were not tried"
    return f"{said} ({_shown(one, value)} at {users})"


def _shown(one: Condition, value: float) -> str:
    return (
        f"{100 * value:.3g}%" if one.kind == "errors" else f"{value:.3g}ms" if value < 1000 else f"{value / 1000:.3g}s"
    )


def unseen_endpoints(recorded: RecordedRun) -> Iterator[Gap]:
    """Objectives of endpoints that never occurred: they are neither met nor missed."""
    known = recorded.requests.endpoints
    for name, one in recorded.objectives.items():
        if one.endpoint is not None and one.endpoint not in known:
            yield Gap(
                "OBJECTIVE-ENDPOINT",
                f"the objective {name} ({one.said}) was not judged: no request was called {one.endpoint}",
                (),
                f"{nearest(one.endpoint, known)} Name one that the scenario sends in [objectives].",
            )
