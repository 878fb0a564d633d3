"""What is full at the knee and not at low load although no finding explains it, whichever probe has read it.

A metric says itself from where on its resource is full (`full_at`). No detector need know its name, so a probe that
somebody adds is heard without one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from analysis.attribution.attribute import evidence_of
from analysis.ranking.judge import JudgedLevel
from analysis.record.readings import Readings, Series
from analysis.stages.operating_point import Point
from rampart.model import JSON, Counter, Metric, Role
from rampart.verdict import UNTRUSTED, UnexplainedSaturation

_TELLING = (Role.UTILISATION, Role.SATURATION)
_SUPPORTED = ("supported", "confirmed")


def unexplained(judged: JudgedLevel, declared: Sequence[Metric]) -> list[UnexplainedSaturation]:
    """A row for each metric whose resource is full at the knee of a level, is not at low load, and is not explained.

    A resource is explained where the evidence of a supported finding names one of its metrics.
    """
    if judged.level.knee.value is None or judged.outcome in UNTRUSTED:
        return []
    explained = _explained(judged, declared)
    telling = [m for m in declared if m.role in _TELLING and m.full_at is not None and m.resource not in explained]
    return [row for metric in telling if (row := _full(judged, metric)) is not None]


def _explained(judged: JudgedLevel, declared: Sequence[Metric]) -> set[str]:
    supported = [f for f in judged.ranked if f.status in _SUPPORTED]
    # How a share of the latency came about is said of every finding, and explains no resource.
    sources = [e.source for f in supported for e in f.evidence if e != evidence_of(f.share, judged.attribution)]
    named = {name for source in sources for name in re.findall(r"[a-z_]+(?:\.[a-z_]+)+", source)}
    return {metric.resource for metric in declared if metric.name in named}


def _full(judged: JudgedLevel, metric: Metric) -> UnexplainedSaturation | None:
    """The fullest series of a metric, where it is full at the knee alone; None where none is."""
    level, full_at = judged.level, metric.full_at or 0.0
    low, high = (dict(_means(level.readings, metric, points)) for points in (level.low, level.high))
    full = [labels for labels, value in high.items() if value >= full_at > low.get(labels, 0.0)]
    if not full:
        return None
    worst = max(full, key=lambda labels: (high[labels], labels))
    return UnexplainedSaturation(
        tenants=judged.level.tenants, metric=metric.name, resource=metric.resource, labels=json.loads(worst),
        low=low.get(worst), high=high[worst], full_at=full_at,
        sentence=_sentence(metric, json.loads(worst), low.get(worst), high[worst]),
    )  # fmt: skip


def _means(readings: Readings, metric: Metric, points: Sequence[Point]) -> Iterator[tuple[str, float]]:
    """By labels as text the mean of a gauge, or what a counter gains a second, over the stages in which it was read."""
    for series in readings.of(metric):
        seen = [(value, p.seconds) for p in points if (value := _in_stage(metric, series, p)) is not None]
        if seconds := sum(s for _, s in seen):
            yield json.dumps(dict(series.labels), sort_keys=True), sum(value * s for value, s in seen) / seconds


def _in_stage(metric: Metric, series: Series, point: Point) -> float | None:
    start, end = point.window
    if isinstance(metric, Counter):
        gain = series.increase(start, end)
        return None if gain is None else gain / (end - start)
    values = series.within(start, end)
    return float(values.mean()) if len(values) else None


def _sentence(metric: Metric, labels: JSON, low: float | None, high: float) -> str:
    of = f" ({', '.join(f'{name} {value}' for name, value in labels.items())})" if labels else ""
    unit = "" if metric.unit == "1" else f" {metric.unit}"
    per = " a second" if isinstance(metric, Counter) else ""
    before = "was not read at low load" if low is None else f"is {low:.3g} at low load"
    return (
        f"{metric.name}{of} is {high:.3g}{unit}{per} at the knee, where its resource ({metric.resource}) is full from "
        f"{metric.full_at:g} on, and {before}; no finding explains it. It says: {metric.summary}."
    )
