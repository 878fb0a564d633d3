"""A verdict that a broken run left behind is shown as far as it goes; no report crashes on it."""

from __future__ import annotations

import copy
import io
import random
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import pytest
from rich.console import Console

from rampart.model import JSON
from rampart.runs import Run
from reports.compare import compare
from reports.junit import suite
from reports.markdown import summary
from reports.page import page
from reports.render import render
from reports.terminal import lines
from reports.verdict_schema import whole
from tests.planted import verdicts

JUNK: list[Any] = [None, "", "words", 0, -1, 3.5, float("nan"), float("inf"), True, [], {}, [None], [[]], {"id": None},
                   ["words"], [1], {"value": "x"}, 10**400]  # fmt: skip


def every_view(verdict: Any, about: JSON | None = None) -> tuple[str, str]:
    """What the summary and the terminal say, white space aside; JUnit and the comparison are made and checked too."""
    about = about or {}
    terminal = io.StringIO()
    Console(file=terminal, width=10_000).print(lines(verdict))
    assert xml.fromstring(suite("run", about, verdict)).tag.startswith("testsuite")
    assert compare(verdict, verdict).keys() == compare(verdicts.bottleneck(), verdict).keys()
    return _plain(summary("run", about, verdict).replace("\\", "")), _plain(terminal.getvalue())


def says(verdict: Any) -> list[str]:
    """What any view must show of a verdict, whatever else of it is broken: its sentence and its knees."""
    told = whole(verdict)
    knees = [row["knee_users"]["value"] for row in told["capacity"] if row["knee_users"] is not None]
    return [_plain(told["sentence"]), *(f"{knee:,.0f}" for knee in knees if knee is not None and 0 < knee < 1e6)]


def shows(verdict: Any) -> bool:
    """Whether every view shows what it must, and nothing that only Python would write."""
    views = every_view(verdict)
    return all(word in view for word in says(verdict) for view in views) and "None" not in " ".join(views).split()


def _plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("verdict", [{}, {"outcome": "bottleneck"}, {"outcome": "new-word"}, [], None, "words", 3])
def test_next_to_nothing_still_gives_every_view(tmp_path: Path, verdict: Any) -> None:
    assert shows(verdict)
    run = Run(tmp_path)
    for path in render(run, verdict):
        assert path.stat().st_size > 100


@pytest.mark.parametrize("key", verdicts.bottleneck())
def test_any_field_may_be_missing_or_null(key: str) -> None:
    verdict = verdicts.bottleneck(verdicts.LEVELS[-1:])
    without = {name: value for name, value in verdict.items() if name != key}
    assert shows({**verdict, key: None})
    assert shows(without)
    assert "<h1>" in page("run", {}, without, [])


def test_any_part_may_be_junk() -> None:
    draws = random.Random(7)
    for _ in range(80):
        broken = verdicts.bottleneck()
        for _ in range(draws.randint(1, 6)):
            _break(broken, draws)
        assert shows(broken)
        assert whole(broken).keys() >= whole({}).keys()


def test_a_page_is_made_of_junk_too() -> None:
    draws = random.Random(11)
    for _ in range(5):
        broken = verdicts.bottleneck(verdicts.LEVELS[1:])
        for _ in range(12):
            _break(broken, draws)
        about = {"target": draws.choice(JUNK), "clock": draws.choice(JUNK), "outcome": draws.choice(JUNK)}
        assert "<h1>" in page("run", about, broken, [{"at": None}, {"message": {}}])


def test_making_whole_twice_changes_nothing_and_the_given_verdict_is_left_alone() -> None:
    verdict = verdicts.bottleneck()
    before = copy.deepcopy(verdict)
    once = whole(verdict)
    assert verdict == before
    assert whole(once) == once


def test_what_is_there_survives() -> None:
    told = whole(verdicts.bottleneck())
    assert told["first"]["evidence"][0]["claim"] == verdicts.bottleneck()["first"]["evidence"][0]["claim"]
    assert told["capacity"][2]["knee_users"] == verdicts.bottleneck()["capacity"][2]["knee_users"]
    assert told["points"] == whole({"points": verdicts.bottleneck()["points"]})["points"]


def _break(node: Any, draws: random.Random) -> None:
    """Put junk at a random place, as deep as a coin says."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = draws.choice(keys)
        if isinstance(node[key], (dict, list)) and node[key] and draws.random() < 0.75:
            node = node[key]
            continue
        node[key] = copy.deepcopy(draws.choice(JUNK))
        return
