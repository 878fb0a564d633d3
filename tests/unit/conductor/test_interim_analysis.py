"""Whether a ramp has shown its knee, asked while it runs: as the verdict would, and never at the cost of the run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.verdict.analyse import analyse
from analysis.verdict.interim import knee_so_far
from conductor import interim_analysis, tenant_level
from conductor.console import Console
from conductor.stage_plan import FinishedStage
from conductor.tenant_level import TenantLevelRun
from conductor.timing import Timing
from rampart.condition import parse
from rampart.runs import Clock, Run
from tests.planted.recording import Plan, record

CLOCK = Clock.start()


def test_it_is_the_knee_of_the_verdict(tmp_path: Path) -> None:
    """To the last digit, for the same function fits it: also where a profile tells what one user gets."""
    for plan in (Plan(), Plan(profiled=True)):
        run = record(tmp_path, plan)
        told = analyse(run).capacity[0].knee_users
        knee = knee_so_far(run, 100)
        assert (knee.value, knee.low, knee.high) == (told.value, told.low, told.high)
    assert not interim_analysis.knee_in_doubt(run, CLOCK, 100)
    line = run.read_lines("log.jsonl")[-1]
    assert (line["users"], line["low"], line["high"]) == (knee.value, knee.low, knee.high)
    assert line["message"].startswith(f"so far about {knee.value:.0f} users")


def test_a_ramp_that_only_begins_to_bend_is_in_doubt_and_the_log_says_why(tmp_path: Path) -> None:
    run = record(tmp_path, Plan(users=(15, 30, 60, 100)))
    assert interim_analysis.knee_in_doubt(run, CLOCK, 100)
    assert run.read_lines("log.jsonl")[-1]["message"].startswith("so far none: not reached")


def test_what_cannot_be_read_ends_no_run(tmp_path: Path) -> None:
    run = record(tmp_path, Plan())
    (run.folder / "stages.jsonl").write_text('{"index": "x"}\n{}\n')
    assert not interim_analysis.knee_in_doubt(run, CLOCK, 100)
    assert run.read_lines("log.jsonl")[-1]["message"] == "failed"


class Quiet:
    """Stands for a watch that has nothing to write."""

    def flush(self) -> None: ...


@pytest.mark.parametrize(
    ("users", "expected"), [((15, 30, 60, 100), [140, 196, None]), ((15, 30, 60, 120, 240), [None])]
)
def test_the_plan_goes_on_twice_while_its_knee_is_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, users: tuple[int, ...], expected: list[int | None]
) -> None:
    monkeypatch.setattr(tenant_level, "next_stage", lambda *_: tenant_level.Next(None, "", "the knee lies between"))
    monkeypatch.setattr(TenantLevelRun, "_listen", lambda *_: None)
    run: Run = record(tmp_path, Plan(users=users))
    one = TenantLevelRun(
        100,
        run,
        CLOCK,
        None,
        Quiet(),
        Console(),
        Timing(),
        CLOCK.now() + 600,
        15,
        400,
        iter([]),  # type: ignore[arg-type]
    )
    one.seen = [FinishedStage(n, 1.0 if n <= 60 else 0.6, 0.0, False, 10 * n, 12.0, "coarse") for n in users]
    decided = []
    while (step := one._decide()).users is not None:
        decided.append(step.users)
        one.seen.append(FinishedStage(step.users, 0.6, 0.0, False, 1000, 12.0, step.purpose))
    assert [*decided, step.users] == expected


def test_a_wrong_scenario_is_told_once_its_profile_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    interim_analysis.refusals(record(tmp_path, Plan(profiled=True)), CLOCK, 100, Console())
    assert capsys.readouterr().err == ""
    gone = record(tmp_path, Plan(profiled=True, error_ratio=1.0, error_status=404, endpoints={"GET /gone": 1.0}))
    interim_analysis.refusals(gone, CLOCK, 100, Console())
    assert "one user alone is refused 100% of GET /gone at 100 tenants: look at the scenario" in " ".join(
        capsys.readouterr().err.split()
    )


def test_a_name_that_no_request_has_is_told_with_its_line_and_the_right_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = record(tmp_path, Plan(profiled=True))
    known, wrong = parse('p95 of "GET /a" < 1s'), replace(parse('p95 of "GET /aa" < 1s'), where="x.toml, line 7")
    interim_analysis.unknown_endpoints(run, CLOCK, 100, [known, wrong, parse("errors < 1%")], Console())
    said = " ".join(capsys.readouterr().err.split())
    assert said.count("no request is called") == 1
    assert "x.toml, line 7" in said and "Did you mean 'GET /a'?" in said
