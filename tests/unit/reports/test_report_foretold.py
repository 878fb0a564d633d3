"""What was foretold stands in every view as it is in the verdict: held, missed, or open."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest
from rich.console import Console

from rampart.finding import Interval
from rampart.prediction import Elasticity, Forecast, ProfilePrediction, Slope
from rampart.verdict import Verdict
from reports.forecast_chart import picture
from reports.markdown import summary
from reports.render import render
from reports.terminal import lines
from tests.planted import verdicts


def forecast(tenants: int, value: float, *, held: bool | None) -> Forecast:
    return Forecast(
        tenants=tenants, made_from=(100,), knee_users=Interval(value, 0.7 * value, 1.4 * value), first="missing-index",
        probability=0.7, rivals={}, resource=None, assumed="", limits=(), scored=held is not None, held=held,
        sentence=f"{value:.0f} users are forecast for {tenants:,}",
    )  # fmt: skip


def foretold() -> Verdict:
    knee = verdicts.LEVELS[-1].knee_users
    rows = [forecast(1_000, 9_000.0, held=False), forecast(10_000, 1.1 * knee, held=True)]
    before = ProfilePrediction(
        tenants=10_000, knee_users=Interval(90.0, 60.0, 130.0), first="db-cpu", probability=0.6, limits=(), held=True,
        resource="host cpu", alone_ms=44.0, think_s=1.0, profiled=1.0, seen_users=knee, seen_first="missing-index",
        tested_users=160, ratio=90 / knee, verdict="Before the ramp db-cpu was predicted at about 90 users",
    )  # fmt: skip
    slope = Slope(0.98, 0.9, 1.06)
    growth = Elasticity("SELECT lines", "statement", (100, 1_000), slope, slope, scans="public.lines")
    return replace(
        verdicts.bottleneck(), forecasts=(*rows, forecast(100_000, 12.0, held=None)), predicted_before=(before,),
        elasticity=(growth,),
    )  # fmt: skip


def marks(svg: str, name: str) -> list[xml.Element]:
    return [e for e in xml.fromstring(svg).iter() if re.fullmatch(rf"foretold-{name}-\d+", e.get("id") or "")]


def test_the_picture_has_a_band_for_each_forecast_and_a_mark_for_each_knee_seen() -> None:
    svg = picture(foretold())
    assert len(marks(svg, "forecast-band")) == 3
    assert len(marks(svg, "seen")) == 2
    assert len(marks(svg, "not-reached")) == 1
    assert [mark.get("id") for mark in marks(svg, "missed")] == ["foretold-missed-1000"]


def test_a_higher_forecast_stands_higher() -> None:
    (first,), (last,) = (
        [e for e in marks(picture(foretold()), "forecast") if (e.get("id") or "").endswith(f"-{tenants}")]
        for tenants in (1_000, 100_000)
    )
    assert height(first) < height(last)


def height(mark: xml.Element) -> float:
    """The y of a line; it grows downwards."""
    path = next(e.get("d", "") for e in mark.iter() if e.tag.endswith("path"))
    return float(re.findall(r"[\d.-]+", path)[1])


def test_the_page_shows_what_held_what_was_missed_and_what_is_open(tmp_path: Path) -> None:
    report = render(verdicts.run(tmp_path, foretold()), foretold())[0].read_text()
    section = report[report.index('id="foretold"') :]
    found = re.findall(r'<li class="(holds|fails|open)"><span class="mark"[^>]*>(.)</span><div><p>([^<]*)', section)
    assert [(one, mark) for one, mark, _ in found[:3]] == [("fails", "✗"), ("holds", "✓"), ("open", "?")]
    assert "90 users (60–130)" in section
    assert "0.98 (0.90 to 1.06)" in section


def test_terminal_and_summary_say_the_prediction_the_last_scored_and_the_open_one() -> None:
    screen = Console(file=io.StringIO(), width=200)
    screen.print(lines(foretold()))
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    for text in (shown, summary("run", {"outcome": "complete"}, foretold())):
        assert "predicted at about 90 users" in text
        assert "forecast for 10,000" in text
        assert "forecast for 100,000" in text
        assert "forecast for 1,000\n" not in text


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_a_forecast_of_nothing_is_no_picture_and_no_crash(value: float, tmp_path: Path) -> None:
    verdict = replace(verdicts.bottleneck(), forecasts=(forecast(1_000, value, held=None),))
    assert picture(verdict) == ""
    render(verdicts.run(tmp_path, verdict), verdict)


def test_nothing_is_said_of_a_measurement_at_fault(tmp_path: Path) -> None:
    verdict = replace(verdicts.outcomes()["invalid"], forecasts=foretold().forecasts)
    report = render(verdicts.run(tmp_path, verdict), verdict)[0].read_text()
    assert 'id="foretold"' not in report
