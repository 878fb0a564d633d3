"""Experiments A-B-B-A whose truth is known: two closed systems by turns, the unmended and the mended one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from analysis.experiment.decide import ORDER
from analysis.experiment.gain import UNMENDED
from rampart.model import Stage
from rampart.runs import Run
from rampart.tables import READINGS, REQUESTS
from scenarios.generator.table_writer import TableWriter
from tests.planted.recording import Plan, _readings, _requests

LOADS = (130, 170)


def experiment(
    parent: Path, unmended: Plan, mended: Plan | Mapping[str, Plan], *, loads: Sequence[int] = LOADS,
    drift: float = 0.0, blocks: int = 4, order: Sequence[str] = ORDER,
) -> Run:  # fmt: skip
    """Record it; `mended` may have a plan for each state.

    `drift` is the standard deviation of ln(capacity) from stage to stage.
    """
    run, _ = Run.create(parent, "experiment", {"target": {"name": "planted"}, "remedy": "mend it"})
    rng = np.random.default_rng(unmended.seed)
    requests = TableWriter(run.folder / "requests-1.arrow", REQUESTS, seconds=1e9)
    readings = TableWriter(run.folder / "readings-planted.arrow", READINGS, seconds=1e9)
    totals: dict[tuple[str, str], float] = {}
    at, sent, index = 0.0, 0, 0
    for state in order[:blocks]:
        plan = unmended if state == UNMENDED else mended if isinstance(mended, Plan) else mended[state]
        for users in loads:
            limit = plan.limit_rps * float(np.exp(rng.normal(0, drift)))
            rate = min(users / (plan.unloaded_ms / 1000 + plan.think_s), limit)
            latency = max(users / rate - plan.think_s, plan.unloaded_ms / 1000) * 1000
            end = at + plan.warmup_s + plan.seconds
            stage = Stage(index, plan.tenants, users, state, at, at + plan.warmup_s, end)
            sent += _requests(requests, plan, stage, rate, latency, rng)
            _readings(readings, plan, stage, rate, latency, totals, sent)
            run.add_stage(stage)
            at, index = end + 1, index + 1
    requests.close()
    readings.close()
    run.update(outcome="complete")
    return run
