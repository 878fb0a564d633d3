"""Numbers for people: three significant digits, a unit, and a dash for what is not known."""

from __future__ import annotations

import math
from typing import Any

from rampart.finding import Interval
from rampart.printable import number
from rampart.verdict import LevelCapacity
from reports.comparison import HeldUsers

NONE = "–"
THIN = "\u202f"  # a narrow space that does not break


def three(value: Any) -> str:
    """Three significant digits with thousands separated: 1234.5 is "1,230", 0.01234 is "0.0123"."""
    found = number(value)
    if found is None:
        return NONE
    if found == 0:
        return "0"
    rounded = float(f"{found:.3g}")
    if abs(rounded) >= 1e15 or abs(rounded) < 1e-6:
        return f"{rounded:.2e}"
    digits = 2 - math.floor(math.log10(abs(rounded)))
    return f"{rounded:,.{max(digits, 0)}f}"


def count(value: Any) -> str:
    """A count of things: whole, thousands separated."""
    found = number(value)
    return NONE if found is None else f"{found:,.0f}"


def tenants(value: Any) -> str:
    """A tenant level; 0 stands for data that nobody grew."""
    return "the data as it is" if number(value) == 0 else f"{count(value)} tenants"


def tenant_cell(value: Any) -> str:
    """A tenant level in a column of them; 0 stands for data that nobody grew."""
    return "as it is" if number(value) == 0 else count(value)


def seen(value: Any) -> str:
    """A number of any kind as it was seen: whole ones whole, others with four significant digits."""
    found = number(value)
    if found is None:
        return NONE
    if abs(found) >= 1000 or found.is_integer():
        return f"{found:,.0f}"
    return f"{found:.4g}" if abs(found) >= 1e-6 else f"{found:.2e}"


def brief(value: Any) -> str:
    """A cost per request: whole ones whole, others with three significant digits, traces of background work as such."""
    found = number(value)
    if found is not None and 0 < abs(found) < 0.01:
        return "<\u202f0.01"
    return count(found) if found is not None and found.is_integer() else three(found)


def size(value: Any) -> str:
    """Bytes in binary units."""
    found = number(value)
    if found is None:
        return NONE
    step = min(int(math.log2(abs(found)) // 10), 4) if abs(found) >= 1 else 0
    return f"{three(found / 1024**step)}{THIN}{('B', 'KiB', 'MiB', 'GiB', 'TiB')[step]}"


def ms(value: Any) -> str:
    """Milliseconds, in seconds from one second on, in minutes from two minutes on."""
    found = number(value)
    if found is None:
        return NONE
    if abs(found) >= 120_000:
        return f"{three(found / 60_000)}{THIN}min"
    return f"{three(found / 1000)}{THIN}s" if abs(found) >= 999.5 else f"{three(found)}{THIN}ms"


def percent(value: Any) -> str:
    """A ratio as a percentage; what is above zero never reads as 0 %."""
    found = number(value)
    if found is None:
        return NONE
    if 0 < abs(found) < 0.001:
        return f"<{THIN}0.1{THIN}%"
    text = f"{100 * found:.{1 if abs(found) < 0.1 else 0}f}"
    return f"{text.removesuffix('.0')}{THIN}%"


def rate(value: Any) -> str:
    """Requests per second."""
    return NONE if number(value) is None else f"{three(value)}{THIN}req/s"


def ratio(value: Any) -> str:
    """A ratio of two capacities: 0.62 is "0.62 ×"."""
    found = number(value)
    return NONE if found is None else f"{found:.2f}{THIN}×"


def knee(row: LevelCapacity) -> str:
    """The knee of one capacity row with its interval, or up to where none was found; the queue's own beside it."""
    tested = row.tested_users
    none = f"none up to {count(tested)} users" if tested is not None else "not found"
    if row.below_users is not None:
        none = f"below {count(row.below_users)} users"
    said = interval(row.knee_users) or none
    queue = interval(row.queue_knee_users)
    return f"{said}; jobs pile up from {queue} on" if queue else said


def interval(users: Interval | None) -> str:
    """A number of users with its interval; "" for None."""
    if users is None:
        return ""
    return f"{count(users.value)} users ({count(users.low)}–{count(users.high)})"


def held(users: HeldUsers) -> str:
    """What a level held in a comparison: a knee, or at least the load that was tried."""
    return f"{count(users.value)} users" if users.reached else f"≥ {count(users.value)} users"


def objective(row: LevelCapacity) -> str:
    """Where the objective was lost: between the last load that met it and the first that missed it.

    What it was lost by is told where that was not latency alone.
    """
    met, missed, by = row.slo_users.met, row.slo_users.missed, row.slo_users.missed_by
    if met is None and missed is None:
        return NONE
    if missed is None:
        return f"met up to {count(met)} users"
    told = "" if by in ((), ("latency",)) else f" by {' and '.join(by)}"
    if not met:
        return f"missed from {count(missed)} users on{told}"
    cliff = ", a cliff" if row.slo_users.shape == "cliff" else ""
    return f"lost between {count(met)} and {count(missed)} users{told}{cliff}"
