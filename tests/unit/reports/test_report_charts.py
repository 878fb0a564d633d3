"""The pictures say what the verdict says: the knee stands where its users are on the axis, its interval around it."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as xml

import numpy as np
import pytest

from rampart.finding import Interval
from rampart.verdict import Verdict
from reports import capacity_charts
from reports.levels import levels, panels
from reports.load_charts import latency_limits, load
from tests.planted import verdicts


def panel_of(verdict: Verdict, tenants: int) -> xml.Element:
    shown = panels(levels(verdict), verdicts.SLO_MS)
    picture = load(next(panel for panel in shown if panel.tenants == tenants), latency_limits(shown))
    return xml.fromstring(picture)


def marks(picture: xml.Element, name: str) -> list[xml.Element]:
    return [element for element in picture.iter() if (element.get("id") or "").endswith(name)]


def xs(element: xml.Element) -> list[float]:
    """The x of every corner of the paths below an element."""
    paths = " ".join(path.get("d", "") for path in element.iter("path"))
    return [float(x) for x, _ in re.findall(r"[ML] ([\d.-]+) ([\d.-]+)", paths)]


def users_at(picture: xml.Element, x: float) -> float:
    """The users that a horizontal place stands for, read from the labels of the axis as a person would."""
    places = [
        (float(text.get("x", "nan")), float(text.text or "nan"))
        for text in picture.iter("text")
        if re.fullmatch(r"\d+", text.text or "") and "text-anchor: middle" in text.get("style", "")
    ]
    assert len(places) >= 3
    slope, offset = np.polyfit(*zip(*places, strict=True), 1)
    return float(slope * x + offset)


@pytest.mark.parametrize("tenants", [1_000, 10_000])
@pytest.mark.parametrize("part", ["throughput", "latency"])
def test_the_knee_stands_at_its_users_with_its_interval_around_it(tenants: int, part: str) -> None:
    verdict = verdicts.bottleneck()
    knee = next(row for row in verdict.capacity if row.tenants == tenants).knee_users
    assert knee is not None
    picture = panel_of(verdict, tenants)
    (line,), (shade,) = marks(picture, f"-knee-{part}"), marks(picture, f"-knee-interval-{part}")
    assert users_at(picture, xs(line)[0]) == pytest.approx(knee.value, rel=0.02)
    assert users_at(picture, min(xs(shade))) == pytest.approx(knee.low, rel=0.02)
    assert users_at(picture, max(xs(shade))) == pytest.approx(knee.high, rel=0.02)


def test_no_knee_no_mark() -> None:
    assert not [e for e in panel_of(verdicts.bottleneck(), 100).iter() if "knee" in (e.get("id") or "")]


def test_a_queue_that_falls_behind_has_a_mark_of_its_own() -> None:
    verdict = verdicts.bottleneck()
    queued = replace(verdict.capacity[0], queue_knee_users=Interval(150.0, 120.0, 190.0))
    verdict = replace(verdict, capacity=(queued, *verdict.capacity[1:]))
    picture = panel_of(verdict, 100)
    (line,) = marks(picture, "-queue-knee-throughput")
    assert users_at(picture, xs(line)[0]) == pytest.approx(150, rel=0.02)
    assert "queue-knee-100" in capacity_charts.capacity(verdict.capacity)


def test_capacity_marks_each_level_by_what_is_known_of_it() -> None:
    picture = xml.fromstring(capacity_charts.capacity(verdicts.bottleneck().capacity))
    ids = {element.get("id") for element in picture.iter()}
    assert {"capacity-not-reached-100", "capacity-knee-1000", "capacity-knee-10000"} <= ids
    assert {"capacity-objective-held-100", "capacity-objective-1000", "capacity-objective-10000"} <= ids
    assert not ids & {"capacity-knee-100", "capacity-not-reached-1000"}


def test_the_taller_bar_belongs_to_the_larger_throughput() -> None:
    rows = verdicts.bottleneck().capacity
    picture = xml.fromstring(capacity_charts.throughput(rows))
    heights = {}
    for row in rows:
        (bar,) = marks(picture, f"-bar-{row.tenants}")
        ys = [float(y) for _, y in re.findall(r"[ML] ([\d.-]+) ([\d.-]+)", next(bar.iter("path")).get("d", ""))]
        heights[row.max_throughput_rps] = max(ys) - min(ys)
    ratios = {height / rps for rps, height in heights.items()}
    assert max(ratios) == pytest.approx(min(ratios), rel=0.01)


def test_stages_that_do_not_count_are_crossed_out() -> None:
    assert marks(panel_of(verdicts.bottleneck(), 1_000), "not-counted-throughput")
    assert not marks(panel_of(verdicts.bottleneck(), 10_000), "not-counted-throughput")


def test_colours_are_the_pages_own_and_text_stays_text() -> None:
    picture = capacity_charts.capacity(verdicts.bottleneck().capacity)
    assert not re.search(r"#[0-9a-f]{6}", re.sub(r"var\([^)]*\)", "", picture.replace("#000000", "")))
    assert ">10,000</text>" in picture
    assert "http" not in picture


def test_pictures_say_their_content_to_those_who_cannot_see_them() -> None:
    assert "10,000 tenants: knee 77 users (70–87)" in capacity_charts.capacity(verdicts.bottleneck().capacity)
