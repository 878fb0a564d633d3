"""The report of a climb: a row and a bar for each rung, nothing from outside, and no markup of the target's."""

from __future__ import annotations

import xml.etree.ElementTree as xml
from typing import Any

import pytest

from reports.ladder import lines, page, sentence
from reports.ladder_chart import picture


def capacity(knee: float | None, held: float, tested: float = 400) -> dict[str, Any]:
    low, high = (None, None) if knee is None else (0.9 * knee, 1.1 * knee)
    return {"knee": knee, "low": low, "high": high, "met": held, "missed": None, "tested": tested, "held": held}


def rung(name: str, before: Any, after: Any, came: str | None, guess: float | None) -> dict[str, Any]:
    return {
        "finding": {"id": name, "resource": f"<b>{name}</b>"},
        "remedy": "Do & mend.",
        "before": before,
        "after": after,
        "predicted": [{"id": came, "users": guess}] if guess else [],
        "came": {"id": came} if came else None,
        "sentence": "",
        "run": "r",
    }


FIRST, MIDDLE, LAST = capacity(36, 30), capacity(120, 100), capacity(None, 400)
CLIMB: dict[str, Any] = {
    "schema": 1,
    "tenants": [100, 10_000],
    "wanted_users": 400,
    "seconds": 754.0,
    "first": FIRST,
    "last": LAST,
    "held": True,
    "ended": "400 users are held at 10,000 tenants",
    "rungs": [
        rung("missing-index", FIRST, MIDDLE, "app-pool", 95.0),
        rung("app-pool", MIDDLE, LAST, None, None),
    ],
    "missteps": [rung("db-io", MIDDLE, MIDDLE, None, None)],
    "ramps": [{"run": "2026-lab", "seconds": 80.0, "outcome": "bottleneck", "sentence": "At 10,000 …", "capacity": []}],
}


def test_the_picture_has_a_bar_for_each_state_the_goal_and_what_was_predicted() -> None:
    svg = xml.fromstring(picture(CLIMB))
    ids = {element.get("id") for element in svg.iter()}
    assert {"ladder-rung-0", "ladder-rung-1", "ladder-rung-2", "ladder-goal", "ladder-guess-1"} <= ids
    assert "ladder-guess-2" not in ids
    text = "".join(svg.itertext())
    assert "≥ 400" in text and "wanted: 400 users" in text and "13.3 times" in text
    assert picture(CLIMB) == picture(CLIMB)


def test_the_page_tells_each_rung_and_loads_nothing() -> None:
    html = page("2026-ladder", CLIMB)
    assert html.count("&lt;b&gt;missing-index&lt;/b&gt;") == 1
    assert "<b>missing-index</b><br>" in html and "Do &amp; mend." in html
    assert "app-pool at about 95 users" in html
    assert "did not help" in html and "db-io" in html
    assert 'href="2026-lab/report.html"' in html
    assert "http" not in html.replace("http-equiv", "").replace("http://www.w3.org", "")


def test_the_sentence_says_from_what_to_what() -> None:
    assert sentence(CLIMB) == (
        "2 rungs in 13 minutes: at 10,000 tenants from 30 to 400 users within the objective (13.3 times). "
        "It ended because 400 users are held at 10,000 tenants."
    )
    assert lines(CLIMB)[-1] == sentence(CLIMB)
    assert "undone, it did not help: db-io" in lines(CLIMB)[2]


def test_a_first_ramp_that_held_nothing_gives_a_growth_of_at_least_so_much() -> None:
    nothing = {**FIRST, "met": None, "missed": 20, "held": 0.0}
    climb = {**CLIMB, "first": nothing}
    assert "from under 20 to 400 users within the objective (at least 20 times)" in sentence(climb)
    assert "At least 20 times the users" in picture(climb)


@pytest.mark.parametrize("rungs", [0, 1])
def test_a_climb_that_was_cut_short_is_told_too(rungs: int) -> None:
    cut = {**CLIMB, "rungs": CLIMB["rungs"][:rungs], "last": FIRST, "ended": "the time is used up"}
    assert "the time is used up" in page("x", cut)
    nothing = {**CLIMB, "rungs": [], "ramps": [], "first": None, "last": None}
    assert "nothing was measured" in page("x", nothing)
