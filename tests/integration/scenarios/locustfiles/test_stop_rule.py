"""A rule of the target file that ends a real load: of one endpoint, dated back, with what was measured by then kept."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from analysis.record.readings import Readings
from conductor.console import Console
from conductor.stop_rules import StopRules
from conductor.tenant_level import TenantLevelRun
from conductor.timing import Timing
from rampart.condition import parse
from rampart.model import Metric
from tests.integration.scenarios.locustfiles.conftest import driving

SCENARIO = """
from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def fine(self):
        self.client.get("/fine")

    @task
    def bad(self):
        with self.client.get("/bad", catch_response=True) as answer:
            if self.environment.runner.user_count > 3:
                answer.failure("too many")
"""


class Unwatched:
    """Stands for the probes: nothing is watched but the load."""

    def latest(self, _: Metric) -> dict[str, float]:
        return {}

    def recent(self) -> Readings:
        return Readings([])

    def check(self) -> None: ...

    def boundary(self) -> None: ...

    def flush(self) -> None: ...


RULE = 'errors of "GET /bad" > 90% for 2s'


def test_a_rule_of_one_endpoint_ends_the_load_and_the_stage_is_kept(any_path: str, tmp_path: Path) -> None:
    (tmp_path / "visitor.py").write_text(SCENARIO)
    with driving(tmp_path / "runs", any_path, tmp_path / "visitor.py", stop={"bad": parse(RULE)}) as driven:
        quiet: Any = Unwatched()
        level = TenantLevelRun(
            0, driven.run, driven.clock, driven.load, quiet, Console(), Timing(0.5, 3.0, 0.1), driven.clock.now() + 60,
            2, 400, itertools.count(), rules=StopRules.of({"bad": parse(RULE)}),
        )  # fmt: skip
        reason = level.carry_out()
    assert reason.startswith(f"stopped by the rule bad ({RULE})")
    told, last = driven.run.about["stopped"], driven.run.stages()[-1]
    assert (told["name"], told["users"], last.users) == ("bad", 4, 4)
    assert last.started_at <= told["since"] < last.ended_at
    failed = [row["start"] for row in driven.rows() if row["outcome"] != "ok"]
    assert told["since"] - 1.2 <= min(failed) <= told["since"] + 1.2
