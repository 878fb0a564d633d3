"""Numbers for people: three significant digits, a unit, and a dash for what is not known."""

from __future__ import annotations

import math
from typing import Any

from reports.shape import number

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
    places = 1 if 0 < abs(found) < 0.1 else 0
    return f"{100 * found:.{places}f}{THIN}%"


def rate(value: Any) -> str:
    """Requests per second."""
    return NONE if number(value) is None else f"{three(value)}{THIN}req/s"


def ratio(value: Any) -> str:
    """A ratio of two capacities: 0.62 is "0.62 ×"."""
    found = number(value)
    return NONE if found is None else f"{found:.2f}{THIN}×"


def knee(row: Any) -> str:
    """The knee of one capacity row with its interval, or up to where none was found."""
    found = row["knee_users"]
    if not found or found["value"] is None:
        tested = row["tested_users"]
        return f"not reached up to {count(tested)} users" if tested is not None else "not found"
    if found["low"] is None or found["high"] is None:
        return f"{count(found['value'])} users"
    return f"{count(found['value'])} users ({count(found['low'])}–{count(found['high'])})"


def objective(row: Any) -> str:
    """Between which loads the objective was lost: the last that met it and the first that missed it."""
    met, missed = row["slo_users"]["met"], row["slo_users"]["missed"]
    if met is None and missed is None:
        return NONE
    if missed is None:
        return f"met up to {count(met)} users"
    return f"missed at {count(missed)} users" if not met else f"{count(met)} to {count(missed)} users"
