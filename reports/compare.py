"""Two verdicts of the same target side by side: did it hold less, and did another bottleneck come first?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from rampart.model import JSON
from reports.numbers import count, ratio
from reports.numbers import tenants as level_name
from reports.verdict_schema import whole
from reports.wording import OUTCOMES, UNPUBLISHED, name


@dataclass(frozen=True, slots=True)
class HeldComparison:
    """What a tenant level held, in users: `value` lies in [low, high]; `high` is infinite where no knee was reached."""

    value: float
    low: float
    high: float

    @property
    def reached(self) -> bool:
        return math.isfinite(self.high)


def compare(before: JSON, after: JSON) -> JSON:
    """What changed from one verdict to the next one of the same target.

    Returns `{"schema", "comparable", "why_not", "regressed", "sentence", "levels": [{"tenants", "change", "ratio",
    "before_users", "after_users", "sentence"}], "first": {"before", "after", "changed"}, "new_violations": [ids]}`.
    `change` is "lower" or "higher" only where the 95 % intervals do not meet, else "same"; `ratio` is after / before,
    and None where one of the two knees was beyond the load that was tried.
    """
    old, new = whole(before), whole(after)
    why_not = _why_not(old, new)
    levels = [] if why_not else _levels(old, new)
    first = {"before": _first(old), "after": _first(new)}
    known = {violation["id"] for violation in old["violations"]}
    violations = sorted({violation["id"] for violation in new["violations"]} - known)
    told: JSON = {
        "schema": 1,
        "comparable": bool(levels),
        "why_not": why_not or ("" if levels else "the two runs have no tenant level in common"),
        "regressed": bool(violations) or any(level["change"] == "lower" for level in levels),
        "levels": levels,
        "first": {**first, "changed": not why_not and first["before"] != first["after"]},
        "new_violations": violations,
    }
    return {**told, "sentence": _sentence(told)}


def _why_not(old: JSON, new: JSON) -> str:
    for which, verdict in (("the run before", old), ("this run", new)):
        if verdict["outcome"] in UNPUBLISHED or verdict["outcome"] not in OUTCOMES:
            label = OUTCOMES.get(verdict["outcome"], ("no verdict", ""))[0].lower()
            return f"{which} has no figures to compare ({label})"
    return ""


def _levels(old: JSON, new: JSON) -> list[JSON]:
    earlier = {row["tenants"]: held for row in old["capacity"] if (held := _held(row))}
    later = {row["tenants"]: held for row in new["capacity"] if (held := _held(row))}
    shared = sorted(tenants for tenants in earlier.keys() & later.keys() if tenants is not None)
    return [_level(tenants, earlier[tenants], later[tenants]) for tenants in shared]


def _held(row: JSON) -> HeldComparison | None:
    found = row["knee_users"]
    if found and found["value"] is not None:
        value: float = found["value"]
        return HeldComparison(value, _or(found["low"], value), _or(found["high"], value))
    if below := row.get("below_users"):
        return HeldComparison(below, 0.0, below)
    tested = row["tested_users"]
    return None if tested is None else HeldComparison(tested, tested, math.inf)


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def _level(tenants: float, old: HeldComparison, new: HeldComparison) -> JSON:
    change = "lower" if new.high < old.low else "higher" if new.low > old.high else "same"
    both = old.reached and new.reached and old.value > 0
    return {
        "tenants": tenants,
        "change": change,
        "ratio": new.value / old.value if both else None,
        "before_users": _users(old),
        "after_users": _users(new),
        "sentence": _said(tenants, old, new, change),
    }


def _users(held: HeldComparison) -> JSON:
    return {"value": held.value, "low": held.low, "high": held.high if held.reached else None}


def _said(tenants: float, old: HeldComparison, new: HeldComparison, change: str) -> str:
    if not old.reached and not new.reached:
        move = f"no knee in either run (up to {count(min(old.value, new.value))} users)"
    else:
        verb = {"lower": "the knee fell", "higher": "the knee rose", "same": "no clear change, the knee went"}[change]
        move = f"{verb} from {_words(old)} to {_words(new)}"
        if old.reached and new.reached and old.value > 0:
            move += f" ({ratio(new.value / old.value)})"
    return f"{level_name(tenants)}: {move}"


def _words(held: HeldComparison) -> str:
    return f"{count(held.value)} users" if held.reached else f"beyond {count(held.value)} users"


def _first(verdict: JSON) -> str | None:
    return name(verdict["first"]) if verdict["first"] else None


def _sentence(told: JSON) -> str:
    parts = []
    if told["new_violations"]:
        parts.append(f"New correctness violation: {', '.join(told['new_violations'])}.")
    moved = [level["sentence"] for level in told["levels"] if level["change"] != "same"]
    if not told["comparable"]:
        parts.append(f"Not compared: {told['why_not']}.")
    else:
        parts.append(f"{'; '.join(moved)}." if moved else "Capacity has not clearly changed.")
    first = told["first"]
    if first["changed"]:
        parts.append(f"The first bottleneck was {first['before'] or 'none'}, and is now {first['after'] or 'none'}.")
    return " ".join(parts)
