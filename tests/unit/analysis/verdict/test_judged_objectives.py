"""Each objective is met or missed by its name, with its margin and the loads between which it was lost."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from analysis.verdict.analyse import analyse
from rampart.errors import ExitCode
from rampart.runs import Run
from rampart.verdict import Objective, Verdict
from rampart.verdict_exit_code import conclusion, missed
from reports.junit import suite
from reports.markdown import summary
from reports.objective_lines import judged_objectives
from reports.page import page
from reports.terminal import lines
from tests.planted.recording import Plan, record

PLAN = Plan(users=(15, 30, 60, 120, 240), seconds=8.0)  # saturates at 100/s: from 102 users on it is slow


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Verdict]:
    """The verdict of a planted run, of which the target file said this."""
    kept: dict[str, Run] = {}

    def _judged(stated: Mapping[str, str], wanted: int | None = None, **plan: Any) -> Verdict:
        planted = replace(PLAN, **plan)
        if repr(planted) not in kept:
            kept[repr(planted)] = record(tmp_path_factory.mktemp("run"), planted)
        run = kept[repr(planted)]
        rows = [{"name": name, "said": said} for name, said in stated.items()]
        run.update(target={"name": "planted", "objectives": rows, "load": {"wanted_users": wanted}})
        return analyse(run)

    return _judged


def by_name(verdict: Verdict) -> dict[str, Objective]:
    return {row.name: row for row in verdict.objectives}


def test_each_has_its_own_bracket_and_margin(judged: Callable[..., Verdict]) -> None:
    strict, lax = 'p95 of "POST /b" < 500ms', 'p95 of "GET /a" < 20s'
    rows = by_name(judged({"strict": strict, "lax": lax}, wanted=60))
    assert {name: (row.met, row.met_users, row.missed_users) for name, row in rows.items()} == {
        "errors": (True, 240, None), "strict": (True, 60, 120), "lax": (True, 240, None),
    }  # fmt: skip
    one = rows["strict"]
    assert (one.stated, one.users, one.limit) == (strict, 60, 500.0)
    assert one.margin == pytest.approx(500 - (one.seen or 0)) and 0 < (one.margin or 0) < 500
    assert rows["errors"].margin == pytest.approx(0.01)


def test_one_that_fewer_users_than_are_wanted_met_is_missed_and_named(judged: Callable[..., Verdict]) -> None:
    verdict = judged({"invoices": 'p95 of "POST /b" < 500ms', "lax": 'p95 of "GET /a" < 20s'}, wanted=120)
    rows = by_name(verdict)
    assert [name for name, row in rows.items() if row.met is False] == ["invoices"]
    assert (rows["invoices"].margin or 0) < 0 and rows["invoices"].users == 120
    assert conclusion(verdict).exit == ExitCode.OBJECTIVE_MISSED
    [said] = missed(verdict)
    assert 'at 100 tenants invoices (p95 of "POST /b" < 500ms): met up to 60 users, missed from 120 on' in said
    assert "120 are wanted" in said
    told = [summary("run", {"outcome": "complete"}, verdict), suite("run", {"outcome": "complete"}, verdict)]
    assert all("Objective missed" in text or "objective missed: invoices" in text for text in told)


def test_a_wanted_load_that_was_not_tried_is_not_met(judged: Callable[..., Verdict]) -> None:
    verdict = judged({"lax": "p95 < 30s"}, wanted=300)
    assert by_name(verdict)["lax"].met is False
    assert "300 are wanted and were not tried" in by_name(verdict)["lax"].sentence
    assert conclusion(verdict).exit == ExitCode.OBJECTIVE_MISSED


def test_where_no_number_is_wanted_only_what_no_load_met_is_missed(judged: Callable[..., Verdict]) -> None:
    verdict = judged({"fast": "p95 < 500ms"})
    assert by_name(verdict)["fast"].met is True and conclusion(verdict).exit == ExitCode.DONE
    assert list(judged_objectives(verdict)) == []  # the table's bracket says it
    verdict = judged({"faster": "p95 < 10ms"})
    assert (by_name(verdict)["faster"].met, by_name(verdict)["faster"].missed_users) == (False, 15)
    assert conclusion(verdict).exit == ExitCode.OBJECTIVE_MISSED


def test_a_default_that_nobody_stated_is_never_missed_by_itself(judged: Callable[..., Verdict]) -> None:
    verdict = judged({}, unloaded_ms=700.0)
    assert by_name(verdict)["latency"].met is None and conclusion(verdict).exit == ExitCode.DONE
    assert by_name(judged({}, wanted=15, unloaded_ms=700.0))["latency"].met is False  # fifteen users were asked for


def test_failures_are_judged_by_endpoint_too(judged: Callable[..., Verdict]) -> None:
    of_one = 'errors of "POST /b" < 30%'
    verdict = judged({"few": "errors < 30%", "of-b": of_one, "lax": "p95 < 20s"}, limit_rps=1e9, refused_above_rps=40.0)
    [row] = verdict.capacity
    assert (row.slo_users.met, row.slo_users.missed, row.slo_users.missed_by) == (30, 60, ("few", "of-b"))
    assert by_name(verdict)["lax"].missed_users is None


def test_one_of_an_endpoint_that_never_occurred_is_a_gap_and_neither_met_nor_missed(
    judged: Callable[..., Verdict],
) -> None:
    verdict = judged({"typo": 'p95 of "POST /bb" < 1s', "lax": "p95 < 20s"}, wanted=15)
    assert by_name(verdict)["typo"].met is None
    [gap] = [gap for gap in verdict.gaps if gap.code == "OBJECTIVE-ENDPOINT"]
    assert "typo" in gap.reason and "no request was called POST /bb" in gap.reason
    assert "Did you mean 'POST /b'?" in gap.remedy
    assert verdict.capacity[0].slo_users.met == 240


def test_a_run_that_was_stopped_says_by_which_rule_and_since_when(
    judged: Callable[..., Verdict], tmp_path: Path
) -> None:
    rule = {"name": "slow", "said": "p95 > 5s for 10s", "since": 61.4, "users": 240, "tenants": 100}
    run = record(tmp_path, PLAN, stopped=rule)
    verdict = analyse(run)
    said = "The load was stopped by the rule slow (p95 > 5s for 10s): it held from 61 s on, at 240 users."
    assert verdict.run.stopped == said
    for outcome in ("bottleneck", "invalid"):  # what ended the load is told whether or not its figures can be trusted
        shown = replace(verdict, outcome=outcome)
        console = Console(file=io.StringIO(), width=200)
        console.print(lines(shown))
        told = summary("run", run.about, shown), console.file.getvalue(), page("run", run.about, shown, [])
        assert all("stopped by the rule slow" in text for text in told)
