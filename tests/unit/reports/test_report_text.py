"""The summary for pull requests and the closing verdict on a terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from rich.console import Console

from analysis.verdict.analyse import analyse
from rampart.finding import Interval, Remedy
from rampart.model import JSON
from rampart.runs import Run
from rampart.verdict import RunEnd, TargetFailure, Validity, ValidityCheck, Verdict, VerdictOutcome
from reports.compare import compare
from reports.markdown import plain, summary
from reports.render import render
from reports.terminal import lines
from reports.wording import sure
from tests.planted import thin, verdicts
from tests.planted.findings import missing_index

DONE: JSON = {"outcome": "complete"}


def terminal(verdict: Verdict, width: int = 110) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(lines(verdict))
    return out.getvalue()


def rows(markdown: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in markdown.splitlines()
        if line.startswith("| ")
    ]


def test_the_summary_begins_with_the_sentence_and_holds_the_capacity_table() -> None:
    text = summary("a-run", DONE, verdicts.bottleneck())
    assert text.splitlines()[0] == f"## {plain(verdicts.bottleneck().sentence)}"
    table = rows(text)
    assert [len(row) for row in table] == [5] * 5
    assert [row[0] for row in table[2:]] == ["100", "1,000", "10,000"]
    assert table[4][1:3] == ["77 users (70–87)", "lost between 60 and 90 users"]
    assert len(text.splitlines()) < 30


def test_the_summary_shows_a_comparison_only_when_there_is_one() -> None:
    better = verdicts.with_capacity(verdicts.bottleneck(), knee_users=Interval(200.0, 190.0, 210.0))
    told = compare(better, verdicts.bottleneck())
    text = summary("a-run", DONE, verdicts.bottleneck(), told)
    assert plain(told.sentence) in text
    assert ["10,000", "200 users", "77 users", "0.39\u202f×", "lower"] in rows(text)
    assert "before" not in summary("a-run", DONE, verdicts.bottleneck())


def test_data_that_nobody_grew_are_no_0_tenants() -> None:
    as_it_is = verdicts.with_capacity(verdicts.bottleneck(), tenants=0)
    as_it_is = replace(as_it_is, levels=(thin.level(0, "bottleneck", "x"),))
    first = [row[0] for row in rows(summary("a-run", DONE, as_it_is))]
    assert "as it is" in first and "0" not in first


def test_markdown_in_a_name_stays_text() -> None:
    hostile = "a|b <img src=x> [x](http://evil.example) `code`\n# head ``` ~~~ @someone"
    first = replace(missing_index(), remedy=Remedy(hostile, "SELECT 1; ```\n# no head"))
    level = thin.level(100, "bottleneck", hostile)
    verdict = replace(verdicts.bottleneck(), sentence=hostile, first=first, levels=(level,))
    text = summary("a-run", DONE, verdict)
    outside, inside = re.sub(r"(`{4,})sql\n.*?\n\1", "", text, flags=re.DOTALL), text
    assert "````sql\nSELECT 1; ```\n# no head\n````" in inside
    assert not re.search(r"(?<!\\)<img", outside)
    assert not re.search(r"(?<!\\)\]\(", outside)
    assert [line for line in outside.splitlines() if line.startswith("#")] == [outside.splitlines()[0]]
    assert {len(row) for row in rows(text)} == {5}


def test_an_incomplete_run_and_a_violation_are_said_at_once() -> None:
    leak = thin.violation("tenant-leak", "GET /dashboard", "3 answers were another tenant's.")
    text = summary("a-run", {"outcome": "interrupted"}, replace(verdicts.bottleneck(), violations=(leak,)))
    assert text.index("it was interrupted") < text.index("tenant-leak") < text.index("Bottleneck found")


def test_the_terminal_shows_sentence_evidence_remedy_capacity_next_and_gaps_in_that_order() -> None:
    verdict, first = verdicts.bottleneck(), missing_index()
    shown = " ".join(terminal(verdict).split())
    wanted = [
        verdict.sentence, first.evidence[0].claim, "does not hold: The table's statistics",
        first.remedy.text, "CREATE INDEX CONCURRENTLY", "77 users (70–87)",
        "Next: app-pool on pool at about 230 users, then app-cpu on host cpu at about 610 users",
        "Not seen: track_io_timing is off",
    ]  # fmt: skip
    places = [shown.index(words) for words in wanted]
    assert places == sorted(places)


@pytest.mark.parametrize(("recording", "told"), [("memory-leak", False), ("app-pool", True)])
def test_a_share_of_latency_is_told_of_those_alone_that_have_one(recording: str, told: bool) -> None:
    found = analyse(Run.open(Path(__file__).parents[2] / "recordings" / recording))
    assert ("of the latency that load added" in " ".join(terminal(found).split())) == told


@pytest.mark.parametrize("outcome", ["invalid", "generator_limited"])
def test_no_figure_of_a_faulty_measurement_is_published(outcome: VerdictOutcome) -> None:
    verdict = verdicts.outcomes()[outcome]
    for text in (terminal(verdict), summary("a-run", DONE, verdict)):
        assert "77 users" not in text
        assert verdict.validity.checks[0].claim.split()[0] in text


def test_a_load_generator_that_gave_out_is_given_room() -> None:
    outcomes = verdicts.outcomes()
    said = {name: " ".join(terminal(outcomes[name]).split()) for name in ("generator_limited", "invalid")}
    assert "with fewer cores" in said["generator_limited"] and "with fewer cores" not in said["invalid"]


def test_a_hostile_name_cannot_steer_the_terminal() -> None:
    hostile = "[bold red]x[/] \x1b]0;owned\x07\x1b[2J\r"
    verdict = replace(verdicts.bottleneck(), sentence=hostile)
    shown = terminal(verdict)
    assert "[bold red]x[/]" in shown
    assert not re.search("[\x00-\x09\x0b-\x1f]", shown)


@pytest.mark.parametrize("outcome", ["bottleneck", "inconclusive", "target_failed"])
def test_what_weakens_the_sentence_stands_right_below_it(tmp_path: Path, outcome: VerdictOutcome) -> None:
    """In every view: loads at which the target failed, then checks that failed, before anything else is said."""
    busy = ValidityCheck("quiet machine", False, "other processes used at most 48 % of the machine")
    failed = TargetFailure(10_000, 400, "errors", True, "At 400 users and 10,000 tenants 31 % of the requests failed.")
    whole = replace(verdicts.outcomes()[outcome], failures=(failed,))
    verdict = replace(whole, validity=Validity(False, (busy, *whole.validity.checks)))
    html = render(verdicts.run(tmp_path, verdict), verdict)[0].read_text()
    views = (
        terminal(verdict, 300),
        summary("a-run", DONE, verdict).replace("\\", ""),
        unescape(html[html.index("<h1>") :]),
    )
    for view in views:
        places = [
            view.index(text)
            for text in (verdict.sentence, failed.sentence, busy.claim, sure(verdict)[0].split(" (")[0])
        ]
        assert places == sorted(places)


@pytest.mark.parametrize("end", ["interrupted", "running", "failed"])
def test_an_incomplete_run_is_marked_on_the_terminal(end: str) -> None:
    verdict = replace(verdicts.bottleneck(), run=RunEnd(end, None))
    assert "This run is incomplete" in terminal(verdict)
    assert "This run is incomplete" not in terminal(verdicts.bottleneck())
