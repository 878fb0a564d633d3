"""A verdict that a broken run left behind is shown as far as it goes; no report crashes on what is empty in it."""

from __future__ import annotations

import io
import random
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest
from rich.console import Console

from rampart.runs import Run
from rampart.verdict import Verdict, VerdictOutcome
from reports.compare import compare
from reports.explanation import why
from reports.junit import suite
from reports.markdown import summary
from reports.page import page
from reports.render import render
from reports.terminal import lines
from tests.planted import thin, verdicts

JUNK: list[Any] = [None, "", "words", 0, -1, 3.5, float("nan"), True, [], {}, [None], 10**400]
EMPTY = {
    "title": "",
    "first": None,
    "profile": None,
    "undecided": None,
    "predicted": {},
    "sentence": "",
    "validity": thin.verdict().validity,
}
# Texts and numbers of parts that may be null.
NULLS = {
    "capacity": ("knee_users", "max_throughput_rps", "tested_users", "latency_at_half_knee_ms"),
    "points": ("unstolen_rps",),
    "ranked": ("endpoint", "limit_users", "users", "why_not_first"),
    "levels": ("first", "knee_users"),
    "ledger": ("low_users", "knee_users", "added_ms_low", "added_ms_high"),
}


def every_view(verdict: Verdict) -> str:
    """What summary, terminal, explanation and page say, white space aside; JUnit and the comparison are made too."""
    terminal = io.StringIO()
    Console(file=terminal, width=10_000).print(lines(verdict))
    assert xml.fromstring(suite("run", {}, verdict)).tag.startswith("testsuite")
    assert compare(verdict, verdict).sentence and compare(verdicts.bottleneck(), verdict).sentence
    shown = page("run", {}, verdict, [])
    assert "<h1>" in shown and ">None<" not in shown
    return " ".join(" ".join((summary("run", {}, verdict), terminal.getvalue(), why(verdict))).split())


@pytest.mark.parametrize("outcome", verdicts.outcomes())
def test_next_to_nothing_still_gives_every_view(tmp_path: Path, outcome: VerdictOutcome) -> None:
    assert "None" not in every_view(thin.verdict(outcome)).split()
    for path in render(Run(tmp_path), thin.verdict(outcome)):
        assert path.stat().st_size > 100


@pytest.mark.parametrize("name", [f.name for f in fields(Verdict) if f.name not in ("schema", "outcome", "run")])
def test_any_field_may_be_empty(name: str) -> None:
    verdict = verdicts.bottleneck(verdicts.LEVELS[-1:])
    if name not in ("load_unit", "resource", "conclusion"):
        verdict = replace(verdict, **{name: EMPTY.get(name, ())})
    views = every_view(verdict)
    assert "None" not in views.split()
    assert verdict.sentence in views.replace("\\", "")


def test_anything_that_may_be_null_may_be_so_at_once() -> None:
    verdict = verdicts.bottleneck()
    for name, null in NULLS.items():
        rows = tuple(replace(row, **dict.fromkeys(null)) for row in getattr(verdict, name))
        verdict = replace(verdict, **{name: rows})
    assert "None" not in every_view(verdict).split()


def test_a_run_json_of_junk_is_no_reason_for_no_page() -> None:
    draws = random.Random(11)
    for _ in range(5):
        about = {"target": draws.choice(JUNK), "clock": draws.choice(JUNK), "outcome": draws.choice(JUNK)}
        shown = page("run", about, verdicts.bottleneck(verdicts.LEVELS[1:]), [{"at": None}, {"message": {}}])
        assert "<h1>" in shown
