"""What a run foretells before it looks: written to log.jsonl and said on the console, for the verdict to score; and
what it has shown so far: that its scenario is wrong, whether its knee is sure.

Nothing here may end a run: what cannot be told is logged with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TypeVar

from analysis.forecast.scorecard import FORECAST, PREDICTION, prediction
from analysis.verdict.analyse import analyse
from analysis.verdict.headline import users
from analysis.verdict.interim import endpoints_so_far, knee_so_far, refused_so_far
from conductor.console import Console
from rampart.condition import Condition
from rampart.errors import nearest
from rampart.prediction import Forecast, Prediction
from rampart.runs import Clock, Run

P = TypeVar("P", bound=Prediction)


def before_ramp(run: Run, clock: Clock, tenants: int, console: Console) -> None:
    """The first limit of a level from its profile, before the first stage of its ramp."""
    told = _logged(run, clock, PREDICTION, tenants, lambda: prediction(run, tenants))
    if told is not None:
        console.say(told.sentence)


def before_seeding(run: Run, clock: Clock, tenants: int, console: Console) -> None:
    """The knee and the first bottleneck of the next level from the levels seen, before its data is grown."""
    told = _logged(run, clock, FORECAST, tenants, lambda: _forecast(run, tenants))
    if told is not None:
        knee, names = told.knee_users, " or ".join(told.named)
        about = f"about {knee.value:.0f} users ({knee.low:.0f} to {knee.high:.0f}), limited by {names}"
        console.say(f"forecast for {tenants:,} tenants: {about}")


def refusals(run: Run, clock: Clock, tenants: int, console: Console) -> None:
    """Warn, while there is time to end the run, of endpoints that refuse what one user alone asks for."""
    with _harmless(run, clock, "refusals", tenants):
        if said := refused_so_far(run, tenants):
            console.warn(f"one user alone is refused {said}: look at the scenario, such a load measures nothing.")


def unknown_endpoints(run: Run, clock: Clock, tenants: int, asked_of: Sequence[Condition], console: Console) -> None:
    """Warn of objectives and stop rules that name an endpoint which no request had so far."""
    with _harmless(run, clock, "endpoints", tenants):
        known = endpoints_so_far(run, tenants)
        for one in asked_of:
            if one.endpoint is not None and one.endpoint not in known:
                hint = nearest(one.endpoint, known)
                console.warn(f"{one.where}: {one.said}: no request is called {one.endpoint!r} so far. {hint}")


def knee_in_doubt(run: Run, clock: Clock, tenants: int) -> bool:
    """Whether the verdict would not be sure of this level's knee; False too where that is not known."""
    with _harmless(run, clock, "knee", tenants):
        knee = knee_so_far(run, tenants)
        said = f"none: {knee.reason}" if knee.value is None else f"about {users(knee)}"
        run.log(
            clock.now(), "knee", f"so far {said}; the verdict's is that of all stages, repeats among them",
            tenants=tenants, users=knee.value, low=knee.low, high=knee.high,
        )  # fmt: skip
        return knee.value is None
    return False


def _forecast(run: Run, tenants: int) -> Forecast | None:
    return next((row for row in analyse(run).forecasts if row.tenants == tenants), None)


def _logged(run: Run, clock: Clock, source: str, tenants: int, make: Callable[[], P | None]) -> P | None:
    with _harmless(run, clock, source, tenants):
        told = make()
        if told is None:
            run.log(clock.now(), source, "nothing could be foretold", tenants=tenants)
        else:
            run.log(clock.now(), source, told.sentence, tenants=tenants, **{source: asdict(told)})
        return told
    return None


@contextmanager
def _harmless(run: Run, clock: Clock, source: str, tenants: int) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - a run is worth more than what can be said of it meanwhile
        run.log(clock.now(), source, "failed", tenants=tenants, error=f"{type(error).__name__}: {error}")
