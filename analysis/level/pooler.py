"""Whether a pooler before the database is the limit, or only where waiting for the database shows.

Its server connections are all taken in both cases. What they do meanwhile tells: nothing, because a session or a
transaction keeps them; quick statements that the database has room for more of; or slow ones, which are the cause.
"""

from __future__ import annotations

from collections.abc import Sequence

from analysis import thresholds as limits
from analysis.level.level_data import Case
from analysis.stages.operating_point import Point


def wait_ms(case: Case, points: Sequence[Point]) -> float:
    """Waiting in the pooler per request, ms; 0 when it is not read."""
    waited, requests = case.total("pooler.wait_ms", points), sum(p.requests for p in points)
    return waited / requests if waited is not None and requests else 0.0


def held_ms(case: Case, points: Sequence[Point]) -> float | None:
    """For how long server connections were held in some stages, all together, ms; None: it is not read."""
    held = [
        (taken * p.seconds * 1000)
        for p in points
        if (taken := case.readings.mean("pooler.servers_active", *p.window)) is not None
    ]
    return sum(held) or None


def fullest(case: Case) -> tuple[str, float]:
    """The pool that most clients wait for, as `database/user`, and its size; 0 where none is read."""
    queued = []
    for series in case.readings.of("pooler.clients_waiting"):
        waiting = sum(float(series.within(*p.window).sum()) for p in case.high)
        sizes = case.readings.of("pooler.size", **series.labels)
        name = f"{series.labels.get('database', '')}/{series.labels.get('user', '')}"
        queued.append((waiting, name, float(sizes[0].value[-1]) if sizes else 0.0))
    return max(queued, default=(0.0, "", 0.0))[1:]


def kept_by_loop(case: Case) -> bool:
    """Whether a request keeps its server connection for longer at the knee than before while the event loop is delayed.

    Then the connections run out because whoever holds them does not get on: the hold belongs where it is spent.
    """
    low, high = (
        (held_ms(case, points) or 0.0) / max(sum(p.requests for p in points), 1) for points in (case.low, case.high)
    )
    delayed = (case.mean("loop.lag_ms", case.high) or 0.0) >= limits.LOOP_LAG_MS
    return delayed and high >= limits.HOLD_INFLATED * low > 0


def executed(case: Case) -> float | None:
    """The share of that time in which the database executed something; None: not read."""
    held, ran = held_ms(case, case.high), case.total("db.statement.exec_ms", case.high)
    return min(ran / held, 1.0) if held and ran is not None else None


def idled(case: Case) -> float | None:
    """The share of that time in which a transaction was open and did nothing; None: not read."""
    held, open_ms, busy = (
        held_ms(case, case.high),
        case.total("pooler.transaction_ms", case.high),
        case.total("pooler.query_ms", case.high),
    )
    return max(open_ms - busy, 0.0) / held if held and open_ms is not None and busy is not None else None


def quick(case: Case) -> bool:
    """Whether the database has room for more of what it executes: most of it quick, not slower at the knee than before,
    and a processor to spare."""
    low, high = case.per_request("db.statement.exec_ms", "statement")
    _, calls = case.per_request("db.statement.calls", "statement")
    total = sum(high.values())
    slow = sum(ms for s, ms in high.items() if ms >= limits.EXPENSIVE_MS * calls.get(s, 0.0))
    lengthened = total >= limits.HOLD_INFLATED * sum(low.values())
    full = (case.utilisation("host cpu") or 0.0) >= limits.HOST_SATURATED
    return total > 0 and slow < 0.5 * total and not lengthened and not full


def is_limit(case: Case) -> bool:
    """Whether waiting in the pooler is its own: its connections do something else, or the database could do more.

    Where nobody knows what they do, nobody else can be blamed.
    """
    share = executed(case)
    if share is not None and share < limits.HOLD_IS_DATABASE and kept_by_loop(case):
        return False
    return share is None or share < limits.HOLD_IS_DATABASE or quick(case)
