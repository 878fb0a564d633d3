"""Random ramps through random systems: kinds in turn, and everything that a user of the harness might vary, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.knee.fitted_stages import OneUser
from rampart.windows import StageWindows
from tests.planted.families import VISIBLE, draw
from tests.planted.networks import Truth
from tests.planted.ramps import CLEAN, HIGH, Noise, equal_steps, geometric, measure, there_and_back

FEWEST_STAGES = 4
ALONE = 0.05  # error of what is told of one user
FIRST_STAGE = 0.6  # of the knee: a ramp that starts higher has no straight part


@dataclass(frozen=True, slots=True)
class Case:
    """What was measured, and the truth: `reach` is the largest user count in knees."""

    kind: str
    noise: str
    knee_users: float
    max_throughput_rps: float
    reach: float
    stages: list[StageWindows]
    exact_rps: tuple[float, ...]  # what each stage would have shown without noise
    error: Noise
    alone: OneUser  # what a profile would have told of one user, 5 % off


def cases(
    seed: int, count: int, reach: tuple[float, float], kinds: Sequence[str] = VISIBLE, noise: str | None = None
) -> list[Case]:
    """`count` ramps that end between `reach[0]` and `reach[1]` knees (log-uniform), of the kinds in turn.

    Noise is quiet in 60 % (8 % per window, 3 % per stage), high in 15 % (25 %, 10 %), anything between in
    the rest, unless `noise` names one of "quiet", "between", "high". 4 to 12 windows a stage, 4 to 12 stages. Three
    fifths of the ramps double the users and come back to bisect, as our own do; one fifth only rises, by a ratio of
    1.25 to 2; one fifth rises in equal steps, as most tools do.
    """
    rng = np.random.default_rng(seed)
    return [_case(kinds[i % len(kinds)], reach, noise, rng) for i in range(count)]


def high_starts(seed: int, count: int, kinds: Sequence[str] = VISIBLE) -> list[Case]:
    """`count` ramps whose first stage already lies at 0.6 to 3 knees (log-uniform): they double once or twice and come
    back to bisect what they took for the bend. Noise as in `cases`."""
    rng = np.random.default_rng(seed)
    return [_high_start(kinds[i % len(kinds)], rng) for i in range(count)]


def _high_start(kind: str, rng: np.random.Generator) -> Case:
    truth, name = draw(kind, rng), _any_noise(rng)
    error = _noise(name, rng)
    first = max(2, round(truth.knee_users * float(np.exp(rng.uniform(np.log(FIRST_STAGE), np.log(3))))))
    users = [first * 2**step for step in range(int(rng.integers(3, 5)))]
    stages = there_and_back(truth, users, error, int(rng.integers(4, 13)), rng)
    return _made(kind, name, truth, stages, error, rng)


def _case(kind: str, reach: tuple[float, float], noise: str | None, rng: np.random.Generator) -> Case:
    returns = rng.random() < 0.6
    while True:
        truth = draw(kind, rng)
        knee = truth.knee_users
        users = _plan(knee * float(np.exp(rng.uniform(np.log(reach[0]), np.log(reach[1])))), returns, rng)
        far = users[-1] / knee
        if len(users) >= FEWEST_STAGES and users[0] < FIRST_STAGE * knee and _fits(far, reach):
            break
    name = noise or _any_noise(rng)
    run, error = there_and_back if returns else measure, _noise(name, rng)
    stages = run(truth, users, error, int(rng.integers(4, 13)), rng)
    return _made(kind, name, truth, stages, error, rng)


def _any_noise(rng: np.random.Generator) -> str:
    return str(rng.choice(["quiet", "between", "high"], p=[0.6, 0.25, 0.15]))


def _made(
    kind: str, noise: str, truth: Truth, stages: list[StageWindows], error: Noise, rng: np.random.Generator
) -> Case:
    exact = truth.throughput(np.array([1, *(s.users for s in stages)], np.int64))
    off = float(rng.spawn(1)[0].normal(0.0, ALONE))  # a stream of its own: it moves no other draw
    alone = OneUser(float(exact[0]) * float(np.exp(off)), ALONE)
    knee, most = truth.knee_users, truth.max_throughput_rps
    reach = max(s.users for s in stages) / knee
    return Case(kind, noise, knee, most, reach, stages, tuple(exact[1:].tolist()), error, alone)


def _fits(far: float, reach: tuple[float, float]) -> bool:
    """Users are whole: with a small knee, rounding may move the end of the ramp out of the range asked for."""
    return reach[0] * 0.99 <= far <= reach[1] * 1.02


def _plan(last: float, returns: bool, rng: np.random.Generator) -> list[int]:
    """The rising user counts; a ramp that returns may be coarse."""
    if returns:
        return geometric(last, 2.0, int(rng.integers(4, 8)))
    count = int(rng.integers(5, 13))
    return geometric(last, float(rng.uniform(1.25, 2.0)), count) if rng.random() < 0.5 else equal_steps(last, count)


def _noise(name: str, rng: np.random.Generator) -> Noise:
    if name == "between":
        return Noise(window=float(rng.uniform(0.02, 0.25)), stage=float(rng.uniform(0.01, 0.08)))
    return {"quiet": CLEAN, "high": HIGH}[name]
