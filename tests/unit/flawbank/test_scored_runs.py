"""Both scores from run folders alone, and what is recorded is not run again."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from commands._target import DEFAULT
from commands.main import main
from conductor.console import Console
from conductor.session import Options
from flawbank import climbs, gain_ramps
from flawbank.gain_score import Gained
from flawbank.run import Bank
from flawbank.score import FAMILY
from lab.configuration import condition
from lab.profiles import FLAWS, flaw, grown, young
from rampart.errors import ExitCode
from rampart.runs import Run
from rampart.target_file import read_target
from tests.planted.causes import Cause, open_transactions
from tests.planted.causes_pooler import pooled
from tests.planted.scored import STAGES, climbed, healthy, ramps_of

QUIET = Console(io.StringIO(), io.StringIO())
OPTIONS = Options(read_target(DEFAULT))
FLAW = FLAWS["idle-in-transaction"]


def scored(bank: Bank) -> Gained:
    (one,) = gain_ramps.judged(bank, [FLAW])
    return one


def test_a_gain_is_scored_from_the_folders_of_its_two_ramps(tmp_path: Path) -> None:
    bank, cause = Bank(tmp_path), open_transactions()
    ramps_of(bank, FLAW.name, cause, healthy(200.0))
    one = scored(bank)
    assert one.named and one.predicted is not None and one.before is not None
    assert one.seen == pytest.approx(200 / one.before.users.value, rel=0.1)
    assert one.covered == (one.predicted.low <= one.seen <= one.predicted.high)
    ramps_of(bank, FLAW.name, cause, healthy(1e6))
    last = scored(bank)  # the last attempt counts, and it held all that were tried
    assert not last.exact and last.seen == pytest.approx(max(STAGES) / one.before.users.value)


def test_a_recorded_pair_is_not_ramped_again_and_one_that_was_at_fault_once_more(tmp_path: Path) -> None:
    """Without time nothing starts, and what is due is counted."""
    bank, cause, plan = Bank(tmp_path), open_transactions(), healthy(200.0)
    due = [FLAWS[name] for name in ("idle-in-transaction", "app-pool", "pooler", "workers")]
    ramps_of(bank, "idle-in-transaction", cause, plan)
    ramps_of(bank, "app-pool", cause, plan, at_fault=True)
    ramps_of(bank, "pooler", cause, plan, plan, at_fault=True)  # tried twice
    ramps_of(bank, "workers", cause)  # failed
    assert [row["flaw"] for row in gain_ramps.failed(bank)] == ["workers"]
    out = io.StringIO()
    assert gain_ramps.measure(bank, due, OPTIONS, 0, Console(out, out)) == 2
    assert "2 flaws are due, about 0.0 minutes each" in out.getvalue()
    assert gain_ramps.measure(bank, [due[0], due[2]], OPTIONS, 60, QUIET) == 0


def test_every_beginning_of_the_choice_is_spread_over_the_families() -> None:
    chosen = gain_ramps.choice(1)
    names = [one.name for one in chosen]
    assert len(names) == len(set(names)) >= 20
    assert names != [one.name for one in gain_ramps.choice(2)]
    for count in (8, 13, 16):
        families = [FAMILY[one.finding] for one in chosen[:count]]
        share = {family: families.count(family) / count for family in ("database", "cache", "queue", "app")}
        whole = {family: sum(FAMILY[one.finding] == family for one in chosen) / len(chosen) for family in share}
        assert share == pytest.approx(whole, abs=0.1)
    assert not {FAMILY[one.finding] for one in chosen} & {"correctness", "harness"}
    assert [one.name for one in gain_ramps.choice(1, ["workers", "app-pool", "load-generator"])] == [
        name for name in names if name in ("workers", "app-pool")
    ]


def test_a_climb_is_scored_from_the_folders_of_its_ramps(tmp_path: Path) -> None:
    bank = Bank(tmp_path)
    later = pooled()
    later = replace(later, plan=replace(later.plan, users=STAGES, limit_rps=200.0))
    climbed(bank, "young", [open_transactions(), later, healthy(1e6)])
    first, second = climbs.judged(bank, ["young"])
    assert (first.mended, first.came, first.sharp) == ("idle-in-transaction", "pooler", True)
    assert first.predicted and first.named == (first.predicted[0].id == "pooler")
    assert first.limit is not None and first.limit.users.value == pytest.approx(204, rel=0.1)
    assert (second.mended, second.came) == ("pooler", None)


def test_a_climb_to_the_end_is_not_climbed_again_and_one_cut_short_is(tmp_path: Path) -> None:
    bank, ramps = Bank(tmp_path), [open_transactions(), healthy(1e6)]
    climbed(bank, "young", ramps, cut_short=True)
    assert not climbs.done(bank, "young")
    assert climbs.climb_all(bank, ["young"], OPTIONS, 0, QUIET) == 1
    assert len(climbs.judged(bank, ["young"])) == 1  # what was climbed is scored all the same
    climbed(bank, "young", [open_transactions(), pooled(), healthy(1e6)])
    climbed(bank, "young", ramps, cut_short=True)
    assert climbs.climb_all(bank, ["young"], OPTIONS, 60, QUIET) == 0
    assert len(climbs.judged(bank, ["young"])) == 2  # the whole one, though it is not the last


def test_a_climb_that_left_nothing_is_due(tmp_path: Path) -> None:
    bank = Bank(tmp_path)
    (tmp_path / "climbs").mkdir()
    Run(tmp_path / "climbs").append_line(climbs.LOG, {"profile": "young", "folder": "young"})
    assert not climbs.done(bank, "young") and climbs.judged(bank, ["young"]) == []


def test_the_second_profile_has_other_flaws_and_all_are_there_at_once() -> None:
    members = [flaw(name) for name in grown]
    assert not {one.name for one in members} & {flaw(name).name for name in young}
    assert len({one.finding for one in members}) == len(members) >= 5
    assert {FAMILY[one.finding] for one in members} == {"database", "cache", "queue", "app"}
    assert max(one.tenants for one in members) <= climbs.TENANTS[-1]
    together = condition(members).settings
    assert all(together[name] == value for one in members for name, value in one.settings.items())
    assert not {name for one in members for name in one.instead_of} & set(grown)


@pytest.mark.parametrize(
    ("words", "bench", "told"),
    [(["--gains"], "gain-ramps", "idle-in-transaction"), (["--climbs", "young"], "climbs", "young")],
)
def test_the_command_scores_without_time_and_ends_in_one_json_line(
    words: list[str], bench: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cause: Cause = open_transactions()
    ramps_of(Bank(tmp_path), FLAW.name, cause, healthy(200.0))
    climbed(Bank(tmp_path), "young", [cause, healthy(300.0)])
    code = main(["flawbank", *words, "--bank", str(tmp_path), "--minutes", "0"])
    *lines, last = capsys.readouterr().out.strip().splitlines()
    assert code == ExitCode.OBJECTIVE_MISSED
    assert any(told in line for line in lines)
    assert json.loads(last)["bench"] == bench and json.loads(last)["figures"]["left"] >= 0


def test_what_has_no_gain_or_no_profile_is_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["flawbank", "--bank", str(tmp_path / "bank")]
    assert main([*words, "--gains", "--only", "load-generator"]) == ExitCode.USAGE
    assert main([*words, "--climbs", "yuong"]) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert "no gain of load-generator is predicted" in said and "Did you mean 'young'?" in said
    assert not (tmp_path / "bank").exists()
