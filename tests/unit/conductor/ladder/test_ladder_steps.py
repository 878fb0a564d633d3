"""Which remedies stay: those that moved the capacity, alone or two in a row, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from conductor.console import Console
from conductor.ladder import climb as ladder
from conductor.ladder.capacity import capacity
from conductor.ladder.climb import Climb
from conductor.session import Options, Outcome
from rampart.errors import ExitCode
from rampart.runs import Run
from rampart.verdict import ObjectiveBracket, Verdict, VerdictOutcome
from tests.planted import thin

LEVEL, AT_FAULT = 100, "the measurement was at fault"


class Planted(Climb):
    """A climb of a system whose capacity is known for each set of flaws that it has: no lab, no load."""

    truth: dict[frozenset[str], tuple[str | None, float | None]]
    open: set[str]
    takes_s: float

    def _ramp(self, levels: Sequence[int]) -> Outcome:
        first, knee = self.truth[frozenset(self.open)]
        self.begun -= self.takes_s
        verdict = _verdict(first, knee)
        run = Run(Path(f"ramp-{len(self.ramps)}"))
        row = {"tenants": LEVEL, **capacity(verdict, LEVEL).as_json()}
        self.ramps.append({"run": run.folder.name, "capacity": [row]})
        return Outcome(run, verdict, ExitCode.DONE)

    def _remedy(self, finding: Any, but: Sequence[str]) -> Any:
        name = finding.id
        return Mend(self.open, name) if name in self.open and name not in but else None


class Mend:
    says = "mend it"

    def __init__(self, open_flaws: set[str], flaw: str) -> None:
        self.open, self.flaw = open_flaws, flaw

    def mend(self) -> None:
        self.open.discard(self.flaw)

    def undo(self) -> None:
        self.open.add(self.flaw)


def _verdict(first: str | None, knee: float | None) -> Verdict:
    held = ObjectiveBracket(round(knee or 400), None)
    row = thin.capacity(LEVEL, knee, slo_users=held)
    outcome: VerdictOutcome = "invalid" if first == AT_FAULT else "bottleneck" if first else "not_reached"
    named = first if outcome == "bottleneck" else None
    ranked = [thin.finding(named, tenants=LEVEL, limit_users=knee)] if named else []
    level = thin.level(LEVEL, outcome, named)
    return thin.verdict(outcome, sentence="s", capacity=[row], ranked=ranked, levels=[level])


def _climb(truth: dict[str, tuple[str | None, float | None]], takes_s: float = 0.0) -> Planted:
    options = Options(cast(Any, None), tenants=(LEVEL,), minutes=0.01)
    climb = Planted(cast(Any, None), options, 400, 1.0, Console())
    climb.truth = {frozenset(names.split()): shown for names, shown in truth.items()}
    climb.open = set(max(truth, key=lambda names: len(names.split())).split())
    climb.takes_s = takes_s
    climb.climb()
    return climb


@pytest.mark.parametrize("least", [90.0, 160.0])
def test_a_limit_that_passes_to_another_is_mended_there_too(least: float) -> None:
    climb = _climb({
        "mail workers": ("mail", 160.0),
        "workers": ("workers", least),  # the jobs pile up where the requests were slow, or even earlier
        "": (None, None),
    })  # fmt: skip
    assert [rung["finding"]["id"] for rung in climb.rungs] == ["mail", "workers"]
    assert climb.missteps == [] and climb.open == set()
    assert climb.ended == "400 users are held at 100 tenants"


def test_two_remedies_without_a_gain_are_both_undone() -> None:
    climb = _climb({
        "mail workers": ("mail", 160.0), "workers": ("workers", 90.0), "": ("host", 120.0), "mail": ("host", 120.0),
    })  # fmt: skip
    assert climb.rungs == [] and [step["finding"]["id"] for step in climb.missteps] == ["mail", "workers"]
    assert climb.open == {"mail", "workers"}
    assert climb.ended == "no remedy helped"


def test_a_finding_that_stays_after_its_remedy_passes_nothing_on() -> None:
    climb = _climb({"mail workers": ("mail", 160.0), "workers": ("mail", 160.0)})
    assert climb.rungs == [] and len(climb.missteps) == 1
    assert climb.open == {"mail", "workers"}


def test_a_climb_ends_with_what_its_last_rung_holds_and_not_an_undone_remedy() -> None:
    told = _climb({"a b": ("a", 100.0), "b": ("b", 200.0), "": ("host", 150.0)}).as_json()
    assert [(rung["finding"]["id"], rung["after"]["held"]) for rung in told["rungs"]] == [("a", 200.0)]
    assert [step["after"]["held"] for step in told["missteps"]] == [150.0]
    assert (told["first"]["held"], told["last"]["held"], told["held"]) == (100.0, 200.0, False)
    assert not told["cut_short"]


def test_each_remedy_tells_the_ramps_before_and_after_it() -> None:
    """A remedy that is tried after another was undone begins at the ramp before both."""
    climb = _climb({"a b": ("a", 100.0), "b": ("b", 200.0), "a": ("a", 100.0), "": (None, None)})
    assert [(rung["run_before"], rung["run"]) for rung in climb.rungs] == [("ramp-0", "ramp-1"), ("ramp-1", "ramp-2")]
    undone = _climb({"a b": ("a", 100.0), "b": ("a", 100.0)})
    assert [(step["run_before"], step["run"]) for step in undone.missteps] == [("ramp-0", "ramp-1")]


def test_three_limits_that_lie_close_are_mended_before_the_capacity_is_judged() -> None:
    climb = _climb({"a b c": ("a", 160.0), "b c": ("b", 150.0), "c": ("c", 140.0), "": (None, None)})
    assert [rung["finding"]["id"] for rung in climb.rungs] == ["a", "b", "c"] and climb.missteps == []


def test_no_fourth_remedy_is_tried_before_the_capacity_is_judged() -> None:
    assert ladder._TOGETHER == 3
    chain = {"a b c d": ("a", 160.0), "b c d": ("b", 150.0), "c d": ("c", 140.0), "d": ("d", 130.0), "": (None, None)}
    climb = _climb(chain)
    assert climb.rungs == [] and climb.open == {"a", "b", "c", "d"}


def test_a_climb_that_runs_out_of_time_says_so_and_undoes_what_had_not_helped_yet() -> None:
    climb = _climb({"a b": ("a", 100.0), "b": ("b", 100.0), "": (None, None)}, takes_s=29.9)
    assert climb.ended == "the time is used up" and climb.as_json()["cut_short"]
    assert climb.rungs == [] and len(climb.missteps) == 1 and climb.open == {"a", "b"}


@pytest.mark.parametrize(
    ("truth", "cut_short"),
    [
        ({"": (AT_FAULT, None)}, True),
        ({"": (None, None)}, False),
        ({"a": ("a", 100.0), "": (AT_FAULT, None)}, True),  # the remedy is undone, and nobody knows whether it helped
        ({"a": ("a", 100.0), "": ("host", 100.0)}, False),
    ],
)
def test_a_climb_that_ends_where_the_measurement_was_at_fault_was_cut_short(
    truth: dict[str, tuple[str | None, float | None]], cut_short: bool
) -> None:
    climb = _climb(truth)
    assert climb.ended and climb.as_json()["cut_short"] is cut_short
