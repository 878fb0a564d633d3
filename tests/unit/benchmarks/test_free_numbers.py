"""A number is moved wherever it stands, and counts where a rank or a gain changes by it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.level.recorded import RecordedRun, read
from benchmarks import _literals, free_numbers
from benchmarks._literals import ROOT, Literal, literals, moved
from benchmarks._rooms_anew import RELOADED, Finder, difference, judged, load_anew
from benchmarks.free_numbers import Change, Number, counts
from rampart.runs import Run

SOURCE = """
LIMIT = 0.75
TABLE = {"weight": 0.45}
SHOWN = Threshold("SHOWN", 0.3, "of all", "judged")

def f(rows, share=0.2):
    return round(rows[:160] * 1000 / max(share, 1e-9), 2) ** 2 + 0 * LIMIT - 1
"""
GAINS = (("app-pool", 2.0), ("db-cpu", 1.5))
BEFORE = ("bottleneck", "app-pool", ("app-pool", "db-cpu"), GAINS)


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(_literals, "ROOT", tmp_path)
    path = tmp_path / "room.py"
    path.write_text(SOURCE)
    return path


def test_numbers_are_found_wherever_they_stand_and_those_that_are_no_choice_say_why(source: Path) -> None:
    found = literals(source)
    assert [(one.value, one.declared) for one in found if not one.left_out] == [
        (0.75, False), (0.45, False), (0.3, True), (0.2, False),
    ]  # fmt: skip
    assert {one.value: one.left_out for one in found if one.left_out} == {
        160: "index, or length of a text",
        1000: "unit",
        1e-9: "against a division by zero",
        2: "exponent",  # the last of two
        0: "nothing, or the whole",
        1: "nothing, or the whole",
    }
    assert "digits that are shown" in {one.left_out for one in found}


def test_one_number_is_moved_and_the_others_are_not(source: Path) -> None:
    names: dict[str, object] = {"Threshold": lambda *about: about[1]}
    [default] = [one for one in literals(source) if one.value == 0.2]
    exec(moved(default, 0.25), names)
    assert names["f"].__defaults__ == (0.25,)  # type: ignore[attr-defined]
    assert (names["LIMIT"], names["TABLE"], names["SHOWN"]) == (0.75, {"weight": 0.45}, 0.3)


@pytest.fixture
def rooms() -> Iterator[None]:
    """The modules as they were, once a test has loaded others."""
    before = {name: module for name, module in sys.modules.items() if name.startswith("analysis")}
    fields = {name: dict(vars(module)) for name, module in before.items()}
    yield
    sys.meta_path.remove(Finder)  # type: ignore[arg-type]
    for name in [name for name in sys.modules if name.startswith(RELOADED)]:
        del sys.modules[name]
    sys.modules.update(before)
    for name, module in before.items():
        vars(module).update(fields[name])


@pytest.fixture
def recorded() -> RecordedRun:
    return read(Run.open(ROOT / "tests/recordings/app-pool"))


@pytest.mark.usefixtures("rooms")
def test_a_recording_is_judged_by_the_code_that_is_given(recorded: RecordedRun) -> None:
    """As the files are nothing changes; with a detector that finds nothing, the first bottleneck."""
    before = judged(recorded)
    load_anew({})
    assert judged(recorded) == before
    path = ROOT / "analysis/detectors/app_pool.py"
    blind = path.read_text().replace("if used is None or", "if used is not None or", 1)
    load_anew({str(path): compile(blind, str(path), "exec")})
    kind, what = difference(before, judged(recorded)) or ("", "")
    assert (kind, what.split()[0]) == ("first", "app-pool")


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (BEFORE, None),
        (("inconclusive", "", ("app-pool", "db-cpu"), GAINS), "first"),
        (("bottleneck", "app-pool", ("app-pool",), GAINS), "rank"),
        (("bottleneck", "app-pool", ("app-pool", "app-cpu", "db-cpu"), GAINS), "rank"),
        (("bottleneck", "app-pool", ("app-pool", "db-cpu"), (("app-pool", 2.19), ("db-cpu", 1.5))), None),
        (("bottleneck", "app-pool", ("app-pool", "db-cpu"), (("app-pool", 2.21), ("db-cpu", 1.5))), "gain"),
        (("bottleneck", "app-pool", ("app-pool", "db-cpu"), (("app-pool", 2.0),)), "gain"),
    ],
)
def test_what_counts_as_another_rank_or_gain(after: tuple[str, str, tuple[str, ...], object], kind: str | None) -> None:
    found = difference([BEFORE], [after])  # type: ignore[list-item]
    assert (found and found[0]) == kind


def test_declared_thresholds_are_counted_apart_and_each_number_once() -> None:
    free = Number("analysis/ranking/judge.py:1", 0.5, Literal(Path("judge.py"), 1, 0, 0.5, "", False))
    own, still = Number("app-pool/FULL", 0.9, threshold="app-pool/FULL", apart=True), Number("b", 2.0)
    found = [
        Change(free, 0.75, "app-pool", "rank", ""),
        Change(free, 1.25, "pooler", "gain", ""),
        Change(own, 0.75, "app-pool", "first", ""),
        Change(still, 1.25, "", "fails", ""),
    ]
    told = counts([free, own, still], found)
    assert (told["moved"], told["free"], told["rank_changes"], told["gain_changes"]) == (2, 1, 1, 1)
    assert (told["declared_by_detectors"], told["of_these_free"], told["cannot_be_moved"]) == (1, 1, 1)


def test_shares_stay_below_the_whole_and_counts_become_the_next_whole_number() -> None:
    assert free_numbers.values(Number("a", 0.9), 1.25)[0] == pytest.approx(0.95)
    assert free_numbers.values(Number("a", 5), 0.75) == [3.75, 3]
    assert free_numbers.values(Number("a", 5), 1.25) == [6.25, 7]


def test_the_three_rooms_and_the_shared_thresholds_that_they_read_are_covered() -> None:
    every, left_out = free_numbers.numbers()
    where = {number.where.split(":")[0].rsplit("/", 1)[0] for number in every if number.literal is not None}
    assert where == {f"analysis/{room}" for room in ("attribution", "ranking", "network", "detectors")}
    assert any(number.where.startswith("analysis/thresholds.py ") for number in every)
    assert left_out and all(one.left_out for one in left_out)
