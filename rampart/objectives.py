"""`[objectives]` and `[stop]` of a target file: what users are promised, and when the load is ended.

Each entry has a name and is a condition. Where a file says nothing of latency, or nothing of the errors of all
requests, the default is in force.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from rampart.condition import EXAMPLE, Condition, ConditionError, parse
from rampart.errors import UsageError
from rampart.model import JSON

Conditions = Mapping[str, Condition]  # by name
OBJECTIVES: Conditions = {"latency": parse("p95 < 500ms"), "errors": parse("errors < 1%")}
# A target that fails so much for so long does not come back by itself. No default is about latency: how slow is too
# slow depends on the target, and one whose answers take half a minute would be stopped long before its knee.
STOP: Conditions = {"errors": parse("errors > 90% for 30s")}
_SHORTEST_S = 1.0  # what is seen of a load while it runs comes once a second


def in_force(stated: Conditions, defaults: Conditions) -> dict[str, Condition]:
    """What a file states, and before it the defaults of what it says nothing of."""
    kept = {name: one for name, one in defaults.items() if not any(_replaces(other, one) for other in stated.values())}
    return {**kept, **stated}


def _replaces(stated: Condition, default: Condition) -> bool:
    """A latency of any endpoint replaces that of all: it says how slow is too slow. Errors are bad anywhere."""
    return stated.kind == default.kind and (stated.endpoint is None or stated.kind == "latency")


def rows_of(stated: Conditions) -> list[JSON]:
    """As `run.json` holds them."""
    return [{"name": name, "said": condition.said} for name, condition in stated.items()]


def stated_in(target: JSON) -> dict[str, Condition]:
    """The objectives that the target of a `run.json` states; up to Rampart 0.1 they were two numbers called `slo`."""
    if slo := target.get("slo"):
        p95_ms, share = slo.get("p95_ms", 500.0), slo.get("error_ratio", 0.01)
        return {
            "latency": Condition(f"p95 <= {p95_ms:g}ms", "p95", None, "<=", p95_ms, None),
            "errors": Condition(f"errors <= {100 * share:g}%", "errors", None, "<=", share, None),
        }
    return {row["name"]: parse(row["said"]) for row in target.get("objectives") or ()}


def objectives_of(about: JSON) -> dict[str, Condition]:
    """The objectives in force in a run, by its `run.json`."""
    return in_force(stated_in(about.get("target") or {}), OBJECTIVES)


def take_apart(raw: JSON, where: Callable[[tuple[str, ...]], str]) -> None:
    """Replace the texts in `objectives` and `stop` by conditions; a UsageError for the first that does not fit.

    `where` says in which line of which file a setting stands.
    """
    if "slo" in raw:
        raise _renamed(raw["slo"], where)
    for section, check in (("objectives", _objective), ("stop", _stop_rule)):
        if section in raw:
            raw[section] = dict(_entries(raw[section], section, check, where))
            _once_each(raw[section], section)
    _apart(raw.get("objectives") or {}, raw.get("stop") or {})


def _entries(
    table: Any, section: str, check: Callable[[Condition], None], where: Callable[[tuple[str, ...]], str]
) -> Iterator[tuple[str, Condition]]:
    if not isinstance(table, dict):
        raise UsageError(
            f"{where((section,))}: [{section}] does not fit", f"it is {table!r}", f"It is a table: {EXAMPLE}."
        )
    for name, said in table.items():
        place = where((section, name))
        if not isinstance(said, str):
            what = f"{place}: {name!r} in [{section}] does not fit"
            raise UsageError(what, f"it is {said!r}", f"A condition is a text. {EXAMPLE}.")
        try:
            condition = replace(parse(said), where=place)
            check(condition)
        except ConditionError as error:
            raise UsageError(f"{place}: {name!r} in [{section}]: {error.what}", error.why, error.remedy) from None
        yield name, condition


def _objective(one: Condition) -> None:
    if one.kind == "rate":
        why = "how many requests there are depends on how many users there are"
        raise ConditionError("a rate is no objective", why, "Say how many users are wanted: [load] wanted_users.")
    if not one.is_upper_bound:
        raise ConditionError(
            "this is the wrong way round", f"it is {one.said!r}", "An objective is kept below: write <."
        )
    if one.for_s is not None:
        why = "an objective is judged over each whole stage"
        raise ConditionError("an objective has no duration", why, f"Leave 'for {one.said.rpartition('for ')[2]}' out.")


def _stop_rule(one: Condition) -> None:
    if one.is_upper_bound is not (one.kind == "rate"):
        sign = "<" if one.kind == "rate" else ">"
        raise ConditionError(
            "this is the wrong way round", f"it is {one.said!r}", f"The load ends when it holds: write {sign}."
        )
    if one.for_s is None:
        raise ConditionError("it does not say for how long", f"it is {one.said!r}", f"Write: {one.said} for 10s.")
    if one.for_s < _SHORTEST_S:
        raise ConditionError(
            "its duration is too short", f"it is {one.for_s:g} s", "The load is looked at once a second: at least 1s."
        )


def _once_each(found: Conditions, section: str) -> None:
    seen: dict[tuple[str, str | None], str] = {}
    for name, one in found.items():
        if other := seen.get((one.metric, one.endpoint)):
            why = f"{other!r} and {name!r} both limit {subject(one)}"
            raise UsageError(f"{one.where}: [{section}] says one thing twice", why, "Keep one of them.")
        seen[one.metric, one.endpoint] = name


def _apart(objectives: Conditions, stop: Conditions) -> None:
    """A load must not be stopped while it meets what is promised."""
    promised = in_force(objectives, OBJECTIVES)
    for name, rule in stop.items():
        for other, one in promised.items():
            if (rule.metric, rule.endpoint) == (one.metric, one.endpoint) and rule.value < one.value:
                why = f"it ends the load while the objective {other!r} ({one.said}) may still be met"
                raise UsageError(
                    f"{rule.where}: {name!r} in [stop] contradicts an objective",
                    why,
                    "Let it begin beyond the objective.",
                )


def subject(one: Condition) -> str:
    """`p95 of "GET /invoices"`."""
    return one.metric + (f' of "{one.endpoint}"' if one.endpoint else "")


def _renamed(slo: Any, where: Callable[[tuple[str, ...]], str]) -> UsageError:
    """The old name of objectives, and what its keys become."""
    keys = slo if isinstance(slo, dict) else {}
    latency, errors = keys.get("p95_ms", 500), keys.get("error_ratio", 0.01)
    share = f"{100 * errors:g}" if isinstance(errors, int | float) else "1"
    return UsageError(
        f"{where(('slo',))}: [slo] is called [objectives]",
        "an objective is a condition with a name of your own",
        f'Write there latency = "p95 < {latency}ms" for p95_ms, and errors = "errors < {share}%" for error_ratio.',
    )
