"""Which cases the bank has: everything that was planted, health between, and no tie called a truth."""

from __future__ import annotations

import io
import itertools
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from commands._target import DEFAULT
from commands.main import main
from conductor.console import Console
from conductor.session import Options
from flawbank.cases import Case, before, bites_at, cases, limit, ordered, spread
from flawbank.confirm import confirm_bank
from flawbank.run import MACHINE, Bank, beyond, bounded, ends_at
from flawbank.score import FAMILY, HEALTHY
from lab.profiles import FLAWS
from lab.start_decoys import DECOYS
from rampart.errors import ExitCode
from rampart.finding import Interval
from rampart.target_file import read_target
from rampart.verdict import LevelCapacity
from tests.planted.thin import capacity, verdict


def test_every_flaw_and_severity_is_planted_at_its_level_or_above() -> None:
    found = cases(2, 1)
    alone = {case.flaws[0] for case in found if len(case.flaws) == 1}
    assert alone == {name if s == "" else f"{name}:{s}" for name, flaw in FLAWS.items() for s in ("", *flaw.severities)}
    for case in found:
        assert all(case.tenants >= FLAWS[name.partition(":")[0]].tenants for name in case.flaws)
    assert len({case.key for case in found}) == len(found)


def test_health_stands_between_and_the_order_is_random_but_told() -> None:
    found = cases(1, 1)
    healthy = [number for number, case in enumerate(found) if case.wanted == HEALTHY]
    assert len(found) / 6 < len(healthy) < len(found) / 3
    assert {found[number].tenants for number in healthy} == {100, 1_000}
    assert max(b - a for a, b in itertools.pairwise(healthy)) <= 6
    assert found == cases(1, 1)
    assert found != cases(1, 2)
    alone = [{c.key for c in cases(1, seed) if len(c.flaws) == 1 and not c.decoys} for seed in (1, 2)]
    assert alone[0] == alone[1]


def test_of_two_flaws_the_one_with_the_lower_limit_is_the_truth() -> None:
    pairs = [case for case in cases(1, 1) if len(case.flaws) == 2]
    assert pairs
    assert not [case for case in pairs if "memory-leak" in case.flaws]  # it takes requests, and any number of users
    for case in pairs:
        low, high = (spread(FLAWS[name]) for name in case.flaws)
        assert low is not None and high is not None
        assert not {"app-pool", "db-connections"} <= set(case.flaws)  # they want pools of different sizes
        assert case.wanted == FLAWS[case.flaws[0]].finding
        assert high[0] >= 1.4 * low[1]


def test_what_is_healthy_gets_no_more_users_than_the_machine_has_room_for(tmp_path: Path) -> None:
    bank, options = Bank(tmp_path), Options(read_target(DEFAULT))
    healthy = Case((), 100, HEALTHY, 1)
    assert bank.held() is None
    assert bounded(options, healthy, None).target.load.max_users == options.target.load.max_users == 400
    for users in (310.0, None, 250.0):
        bank.add({"key": MACHINE, "run": "one", "users": users})
    assert bank.held() == 250
    assert bank.answers() == []
    assert bounded(options, healthy, 250.0).target.load.max_users == 150
    assert bounded(options, healthy, 9_000.0).target.load.max_users == 400


def test_where_the_machine_ends_its_workers_count_too() -> None:

    def level(requests: float | None, jobs: float | None) -> LevelCapacity:
        knee, queue = (None if low is None else Interval(1.1 * low, low, 1.2 * low) for low in (requests, jobs))
        return capacity(knee=knee, queue_knee_users=queue)

    assert ends_at(verdict(capacity=[level(None, 495.0)])) == 495.0
    assert ends_at(verdict(capacity=[level(300.0, 495.0), level(400.0, None)])) == 300.0
    assert ends_at(verdict(capacity=[level(None, None)])) is None


def test_what_has_a_limit_is_ramped_until_a_quick_machine_meets_it() -> None:
    options = Options(read_target(DEFAULT))
    flawed, lost = Case(("app-pool",), 100, "app-pool", 1), Case(("lost-job",), 100, "lost-job", 1)
    assert bounded(options, flawed, 250.0).target.load.max_users == 2 * options.target.load.max_users
    assert bounded(options, lost, 250.0) == options


def test_what_bites_beyond_the_machine_is_no_case() -> None:
    weak, dose, lost = ("rate-limited:weak",), ("rate-limited",), ("lost-job",)
    assert bites_at(weak) == 300 > (bites_at(dose) or 0)
    assert bites_at((*weak, "event-loop-blocked")) == bites_at(("event-loop-blocked",))
    assert not beyond(None, weak)
    assert beyond(280.0, weak)
    assert not beyond(280.0, dose)
    assert not beyond(280.0, lost)  # a violation has no number of users
    assert beyond(280.0, (), users=200)
    assert not beyond(280.0, (), users=160)


def test_a_pair_needs_a_first_on_slow_and_on_quick_machines() -> None:
    one = next(iter(FLAWS.values()))
    low, high = (replace(one, finding=name, users=users) for name, users in (("a", "50 to 100"), ("b", "140 to 300")))
    assert before(low, high) and not before(high, low)
    assert not before(replace(low, users="50 to 110"), high)
    assert not before(replace(low, users="any"), high)
    assert not before(low, replace(high, finding="a"))
    assert not before(low, replace(high, instead_of=(low.name,)))  # then the first is not there
    assert ordered(("cache-server", "db-connections")) and not ordered(("db-connections", "cache-server"))
    assert not ordered(("sync-work", "idle-in-transaction"))
    assert ordered(("app-pool",)) and ordered(())


def test_what_must_be_named_is_known() -> None:
    assert {case.wanted for case in cases(1, 1)} <= {*FAMILY, HEALTHY}


@pytest.mark.parametrize(
    ("users", "expected"), [("about 145", 145), ("150 to 170", 160), ("any", None), ("1,200", 1200)]
)
def test_a_limit_is_read_from_what_a_flaw_says(users: str, expected: float | None) -> None:
    assert limit(replace(next(iter(FLAWS.values())), users=users)) == expected


def test_a_part_of_the_bank_can_be_asked_for() -> None:
    found = cases(1, 1, only=["app-pool"], severities=False, pairs=False, decoys=False, levels=(100,))
    assert {case for case in found if case.flaws} == {Case(("app-pool",), 100, "app-pool", 1)}


def test_a_target_without_planted_flaws_is_never_loaded_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, bank = tmp_path / "shop.toml", tmp_path / "bank"
    target.write_text('name = "shop"\nurl = "http://127.0.0.1:1"\n')
    for which in ([], ["--verify"], ["--confirm"]):
        assert main(["flawbank", "--target", str(target), "--bank", str(bank), *which]) == ExitCode.USAGE
    assert "only the lab has some" in capsys.readouterr().err
    assert not bank.exists()


def test_a_bank_without_an_answer_confirms_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flawbank", "--confirm", "--bank", str(tmp_path)]) == ExitCode.USAGE
    assert "nothing to confirm" in capsys.readouterr().err


def test_a_part_of_what_is_recorded_can_be_confirmed(tmp_path: Path) -> None:
    bank = Bank(tmp_path)
    for name in ("app-pool", "workers"):
        shutil.copytree(Path(__file__).parents[2] / "recordings" / name, tmp_path / name)
        bank.add({"key": f"{name}@100#1", "flaws": [name], "wanted": name, "run": name, "outcome": "bottleneck"})
    target, console = read_target(DEFAULT), Console(io.StringIO(), io.StringIO())
    assert {row["flaw"] for row in confirm_bank(bank, target, 0, console)} == {"app-pool", "workers"}
    assert [row["flaw"] for row in confirm_bank(bank, target, 0, console, ["workers"])] == ["workers"]


def test_each_decoy_stands_beside_health_and_beside_a_flaw_that_must_still_be_named() -> None:
    found = [case for case in cases(2, 1) if case.decoys]
    for name, decoy in DECOYS.items():
        mine = [case for case in found if case.decoys == (name,)]
        assert {case.repeat for case in mine if case.wanted == HEALTHY and not case.flaws} == {1, 2}
        beside = [case for case in mine if case.flaws]
        assert {case.repeat for case in beside} == {1, 2}
        for case in beside:
            assert case.wanted == FLAWS[case.flaws[0]].finding != decoy.tempts
        assert all(case.tenants >= decoy.tenants for case in mine)
    assert not [case for case in cases(2, 1, decoys=False) if case.decoys]
