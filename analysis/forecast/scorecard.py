"""What was foretold and what came: the prediction before each ramp, and the forecast before each further level.

What the conductor wrote to log.jsonl at the time is what is scored. Where a run has no such line, the same functions
say what would have been foretold from what had been recorded by then, and the row says that it was made afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from analysis.forecast.elasticity_table import elasticities
from analysis.forecast.from_profile import before_ramp, checked
from analysis.forecast.next_level import forecast, reached
from analysis.forecast.utilisation_law import below_the_knee
from analysis.ranking.judge import JudgedLevel
from analysis.record.readings import Readings
from analysis.record.request_reader import requests_of
from analysis.stages.operating_point import Point, operating_points
from rampart.finding import Interval
from rampart.model import JSON
from rampart.prediction import AFTERWARDS, BEFORE, Elasticity, Forecast, Prediction, ProfilePrediction, SeenLevel
from rampart.runs import Run
from rampart.verdict import UNTRUSTED

PREDICTION, FORECAST = "prediction", "forecast"  # sources in log.jsonl; the field of the same name is the whole of it
DECADE = 10  # how far beyond the last level is forecast
P = TypeVar("P", bound=Prediction)


@dataclass(frozen=True, slots=True)
class Foresight:
    """The parts of the verdict that look ahead."""

    predicted_before: list[ProfilePrediction]
    forecasts: list[Forecast]
    elasticity: list[Elasticity]


def prediction(run: Run, tenants: int) -> ProfilePrediction | None:
    """What the profile of one level foretells, from what is recorded so far; None where it says nothing."""
    stages = [s for s in run.stages() if s.tenants == tenants and s.purpose == "profile"]
    readings, requests = Readings(run.readings()), requests_of(run, stages)
    return before_ramp(operating_points(requests, readings), readings, weights(run), planned_think_s(run))


def weights(run: Run) -> dict[str, float]:
    """The scenario's tasks and how often each is chosen; {} where the load process did not say."""
    told = [line for line in run.read_lines("scenario.jsonl") if line.get("kind") == "scenario"]
    found: dict[str, float] = {}
    for row in told[-1].get("tasks", []) if told else []:
        found[str(row["task"])] = found.get(str(row["task"]), 0.0) + float(row["weight"])
    return found


def planned_think_s(run: Run) -> float:
    """The mean wait of the scenario's users, seconds, as its check worked it out; 1 where it could not."""
    return float(run.about.get("think_s") or 1.0)


def foresight(run: Run, levels: Sequence[JudgedLevel], seen: Sequence[Point], readings: Readings) -> Foresight:
    """What was predicted and forecast of the levels seen and to come, and how demand grows."""
    log = run.read_lines("log.jsonl")
    planned = [int(n) for n in run.about.get("levels") or []]
    return Foresight(
        predicted_before=_checks(run, log, levels, seen, readings),
        forecasts=_forecasts(log, levels, planned),
        elasticity=elasticities(levels),
    )


def _logged(log: Sequence[JSON], source: str, tenants: int, kind: type[P]) -> P | None:
    """What was foretold for a level at the time; None where nothing was, or nothing that can be read."""
    for line in log:
        told = line.get(source)
        if line.get("source") == source and isinstance(told, dict) and told.get("tenants") == tenants:
            with suppress(ValidationError):
                return replace(TypeAdapter(kind).validate_python(told), made=BEFORE, made_at=line.get("at"))
    return None


def _checks(
    run: Run, log: Sequence[JSON], levels: Sequence[JudgedLevel], seen: Sequence[Point], readings: Readings
) -> list[ProfilePrediction]:
    rows = []
    for judged in levels:
        of_level = [p for p in seen if p.stage.tenants == judged.level.tenants]
        told = _logged(log, PREDICTION, judged.level.tenants, ProfilePrediction)
        if told is None and (later := before_ramp(of_level, readings, weights(run), planned_think_s(run))) is not None:
            told = replace(later, made=AFTERWARDS)
        if told is not None:
            rows.append(checked(told, judged.level, judged.outcome, judged.first))
    return rows


def _forecasts(log: Sequence[JSON], levels: Sequence[JudgedLevel], planned: Sequence[int]) -> list[Forecast]:
    """A row for each level but the first, for planned ones that were not reached, and for the decade beyond."""
    seen = {judged.level.tenants: judged for judged in levels if judged.level.tenants > 0}
    rows = []
    if not seen:
        return []
    for tenants in sorted({*seen, *(n for n in planned if n > min(seen))}):
        below = [judged for judged in levels if 0 < judged.level.tenants < tenants]
        told = _logged(log, FORECAST, tenants, Forecast)
        if told is None and below and (later := forecast(below, tenants)) is not None:
            told = replace(later, made=AFTERWARDS if tenants in seen else BEFORE)
        if told is not None:
            rows.append(scored(told, seen.get(tenants)))
    if (beyond := forecast(list(seen.values()), DECADE * max([*seen, *planned]))) is not None:
        rows.append(scored(beyond, None))
    return rows


def scored(told: Forecast, judged: JudgedLevel | None) -> Forecast:
    """A forecast beside what was seen. It held if the knee lies within its interval and the first bottleneck is one
    that it named; `held` is None where nothing was seen, or nothing that can be trusted."""
    if judged is None or judged.outcome in UNTRUSTED:
        return replace(told, sentence=f"{_forecast_said(told)}.")
    seen = _seen(judged)
    knee_held = _knee_held(told.knee_users, seen)
    found = {f.id for f in (judged.first, *judged.tied) if f is not None}
    first_held = None if not found else bool(found & set(told.named))
    held = knee_held and first_held is not False
    row = replace(told, scored=True, seen=seen, held=held, knee_held=knee_held, first_held=first_held)
    return replace(row, sentence=f"{_forecast_said(told)}; {_seen_said(seen, row)}.")


def _seen(judged: JudgedLevel) -> SeenLevel:
    """What a level showed."""
    knee, at = judged.level.knee, reached(judged)
    of_knee = at == knee.value
    return SeenLevel(
        knee_users=at,
        low=knee.low if of_knee else None,
        high=knee.high if of_knee else None,
        tested_users=max((p.users for p in below_the_knee(judged.level)), default=0),
        below_users=knee.below,
        first=judged.first.id if judged.first else None,
        outcome=judged.outcome,
    )


def _knee_held(users: Interval, seen: SeenLevel) -> bool:
    if seen.knee_users is not None:
        return users.low <= seen.knee_users <= users.high
    return seen.tested_users <= users.high if seen.below_users is None else users.low <= seen.below_users


def _forecast_said(told: Forecast) -> str:
    users, made = told.knee_users, _listed([f"{n:,}" for n in told.made_from])
    said = f"{users.value:.0f} users ({users.low:.0f} to {users.high:.0f})"
    names = " or ".join(told.named)
    return f"From what {made} tenants showed, {said} are forecast for {told.tenants:,}, limited by {names}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])


def _seen_said(seen: SeenLevel, row: Forecast) -> str:
    at = seen.knee_users
    what = f"{at:.0f} users were seen" if at is not None else f"no limit was seen up to {seen.tested_users} users"
    if at is None and seen.below_users is not None:
        what = f"a limit below {seen.below_users:.0f} users was seen"
    if seen.first:
        what += f", limited by {seen.first}"
    if row.held:
        return f"{what}: it held" if at is not None else f"{what}, which the forecast allows"
    wrong = [name for name, held in (("the load", row.knee_held), ("the cause", row.first_held)) if held is False]
    return f"{what}: {' and '.join(wrong)} was missed"
