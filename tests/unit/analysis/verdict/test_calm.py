"""What a verdict says in one place does not contradict what it says in another, in any recording and any report."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from analysis.verdict import parts
from rampart import resources
from rampart.model import Gap
from rampart.verdict import Verdict
from reports.markdown import summary
from reports.page import page
from reports.terminal import lines

RECORDINGS = sorted(path.parent for path in (Path(__file__).parents[3] / "recordings").glob("*/truth.json"))
NEXT = re.compile(r"Next: (.*)")


@pytest.fixture(scope="module", params=RECORDINGS, ids=lambda folder: folder.name)
def verdict(request: pytest.FixtureRequest, verdict_of: Callable[[Path], Verdict]) -> Verdict:
    return verdict_of(request.param)


def terminal(verdict: Verdict) -> str:
    console = Console(file=StringIO(), width=10_000)
    console.print(lines(verdict))
    return console.file.getvalue()  # type: ignore[attr-defined]


# --- what is explained, and how sure that is --------------------------------------------------------------------------


def test_what_is_explained_and_what_is_not_make_up_the_whole(verdict: Verdict) -> None:
    for row in verdict.ledger:
        explained = sum(one.share for one in row.blamed)
        assert explained + (row.unexplained or 0.0) <= 1.0 + 1e-9
        assert all(part.resource != "unexplained" for part in row.parts)  # what is measured nowhere may be explained


def test_one_that_is_very_likely_leaves_less_unexplained_than_it_explains(verdict: Verdict) -> None:
    first = verdict.first
    if first is not None and first.of_latency and first.confidence >= 0.9:
        [row] = [row for row in verdict.ledger if row.tenants == first.tenants]
        assert (row.unexplained or 0.0) < first.share


def test_the_share_of_the_first_is_the_same_wherever_it_stands(verdict: Verdict) -> None:
    first = verdict.first
    if first is None or not first.of_latency or first.share < 0.02:
        return
    [row] = [row for row in verdict.ledger if row.tenants == first.tenants]
    [blamed] = [one for one in row.blamed if one.id == first.id]
    assert blamed.share == pytest.approx(first.share)


def test_nothing_that_contradicts_the_first_is_called_evidence_for_it(verdict: Verdict) -> None:
    assert verdict.first is None or all(one.holds for one in verdict.first.evidence)


# --- what is named, and what cannot be --------------------------------------------------------------------------------


def test_a_gap_does_not_hide_what_is_named(verdict: Verdict) -> None:
    """Every recording as if each of its findings had been declared lost."""
    named = {f.id for f in verdict.ranked if f.status != "suspected"} | {v.id for v in verdict.violations}
    blind = Gap("HOST-NONE", "no process here plays worker", (*sorted(named), "replica-lag-elsewhere"), "")
    [told] = parts.not_named(replace(verdict, gaps=(blind,)))
    assert told.lost == ("replica-lag-elsewhere",)
    said = terminal(replace(verdict, gaps=(told,)))
    for lost in re.findall(r"cannot name ([^)]*)\)", said):
        assert not named & set(lost.split(", "))


def test_what_is_wasteful_is_not_the_limit_too(verdict: Verdict) -> None:
    if verdict.first is not None:
        own = {verdict.first.id, *verdict.tied_with}
        assert not own & {row.id for row in verdict.inefficiencies if row.tenants == verdict.first.tenants}


def test_wrong_answers_make_no_bottleneck_likely(verdict: Verdict) -> None:
    missed_by = verdict.capacity[-1].slo_users.missed_by if verdict.capacity else ()
    if verdict.first is None and "violations" in missed_by:
        assert verdict.undecided is None and "It may be" not in verdict.sentence


def test_no_limit_is_said_to_be_missing_beside_a_knee(verdict: Verdict) -> None:
    if verdict.outcome == "not_reached":
        assert all(row.knee_users is None for row in verdict.capacity if row.tenants == verdict.levels[-1].tenants)


# --- what comes next --------------------------------------------------------------------------------------------------


def test_what_comes_next_is_told_once(verdict: Verdict) -> None:
    assert len({row.id for row in verdict.next}) == len(verdict.next)
    steps = [step.finding for step in verdict.predicted_ladder]
    assert len(set(steps)) == len(steps)
    for told in NEXT.findall(terminal(verdict)):
        where = [one.rsplit(" at about ", 1)[0] for one in told.split(", then ")]
        assert len(set(where)) == len(where)
        assert verdict.first is None or f"{verdict.first.id} on {verdict.resource}" not in where


def test_the_gain_in_the_sentence_is_that_of_the_first_step(verdict: Verdict) -> None:
    said = re.search(r"to about (\d+) users \((\d+) to (\d+)\)", verdict.sentence)
    if said and verdict.predicted_ladder:
        first = verdict.predicted_ladder[0].users
        assert [int(number) for number in said.groups()] == [round(x) for x in (first.value, first.low, first.high)]


# --- what is advised --------------------------------------------------------------------------------------------------

GROW = {  # advice to have more of something, and what must not be full then
    "Run more application processes": (resources.HOST_CPU,),
    "size the pool": (resources.HOST_CPU, resources.DB_PROCESSOR, resources.CONNECTIONS, resources.REDIS_CACHE),
    "raise default_pool_size": (resources.HOST_CPU, resources.DB_PROCESSOR, resources.CONNECTIONS),
}


def test_no_more_is_advised_of_what_stands_before_something_full(verdict: Verdict) -> None:
    saturated = {level.tenants: level.saturated for level in verdict.levels}
    for finding in verdict.ranked:
        for advice, behind in GROW.items():
            if advice in finding.remedy.text and advice != "Run more application processes":
                assert not set(behind) & saturated[finding.tenants].keys(), finding.remedy.text
        if "Run more application processes" in finding.remedy.text:
            worth = re.search(r"at most ×([\d.]+)", finding.remedy.text)
            assert worth and float(worth[1]) > 1.1, finding.remedy.text


@pytest.mark.parametrize("folder", RECORDINGS[::6], ids=lambda folder: folder.name)
def test_every_report_gives_the_same_advice(folder: Path, verdict_of: Callable[[Path], Verdict]) -> None:
    verdict = verdict_of(folder)
    if verdict.first is None or not verdict.first.remedy.text:
        return
    html, markdown = page("run", {}, verdict, []), summary("run", {}, verdict)
    opening = verdict.first.remedy.text.split(":")[0][:40].split("'")[0]
    assert opening in html and opening in markdown.replace("\\", "") and opening in terminal(verdict)
