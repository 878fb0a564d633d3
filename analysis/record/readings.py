"""Recorded readings as series by metric and labels, and what a counter did within a window."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.record.arrow_values import values
from rampart.model import Counter, Gauge, Metric

Floats = NDArray[np.float64]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Series:
    """One metric with one set of labels: instants (run seconds, rising) and values, both of shape (n,)."""

    labels: Mapping[str, str]
    at: Floats
    value: Floats
    absent_at: float | None = None  # when its metric was last read without it: a counter was 0 then

    def within(self, start: float, end: float) -> Floats:
        """The values of a gauge read in [start, end]."""
        return self.value[np.searchsorted(self.at, start) : np.searchsorted(self.at, end, side="right")]

    def increase(self, start: float, end: float) -> float | None:
        """What a counter gained in [start, end], interpolated at both ends.

        None when it was not read on both sides, or was reset in between: such an interval is discarded, not clamped.
        """
        at, value = self.at, self.value
        if self.absent_at is not None and start < at[0]:
            at, value = np.insert(at, 0, self.absent_at), np.insert(value, 0, 0.0)
        reach = max(2.0, 0.25 * (end - start))
        if len(at) < 2 or at[0] > start + reach or at[-1] < end - reach:
            return None
        first = max(int(np.searchsorted(at, start, side="right")) - 1, 0)
        last = int(np.searchsorted(at, end, side="left"))
        steps = value[first : last + 1]
        if (steps[1:] < steps[:-1]).any():
            return None
        low, high = np.interp([start, end], at, value)
        return float(high - low)


def _remembered(method: Callable[P, R]) -> Callable[P, R]:
    """A method of `Readings` whose answers are kept: every detector asks for the same few windows."""

    @wraps(method)
    def ask(*arguments: P.args, **labels: P.kwargs) -> R:
        readings: Any = arguments[0]
        asked = (method, *arguments[1:], *sorted(labels.items()))
        if asked not in readings._answers:
            readings._answers[asked] = method(*arguments, **labels)
        found: R = readings._answers[asked]
        return found

    return ask


class Readings:
    """All readings of a run, by metric."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        table = _columns(batches)
        self._series: dict[str, list[Series]] = {}
        self._answers: dict[tuple[Any, ...], Any] = {}
        if table is None:
            return
        at, metric, value, labels, metrics, texts = table
        keep = np.isfinite(at) & np.isfinite(value)
        at, metric, value, labels = at[keep], metric[keep], value[keep], labels[keep]
        key = metric.astype(np.int64) * (len(texts) + 1) + labels
        order = np.lexsort((at, key))
        read_at = _instants(at, metric)
        bounds = np.flatnonzero(np.diff(key[order], prepend=-1, append=-1))
        for begin, end in itertools.pairwise(bounds):
            rows = order[begin:end]
            instants = read_at[metric[rows[0]]]
            earlier = int(np.searchsorted(instants, at[rows[0]])) - 1
            absent_at = float(instants[earlier]) if earlier >= 0 else None
            series = Series(json.loads(texts[labels[rows[0]]]), at[rows], value[rows], absent_at)
            self._series.setdefault(metrics[metric[rows[0]]], []).append(series)

    @classmethod
    def of_series(cls, series: Mapping[Metric, list[Series]]) -> Readings:
        """Readings that were kept in memory, by metric: of a run that goes on."""
        kept = cls([])
        kept._series = {metric.name: found for metric, found in series.items()}
        return kept

    def of(self, metric: Metric, **labels: str) -> list[Series]:
        """The series of a metric whose labels include these."""
        found = self._series.get(metric.name, [])
        return [s for s in found if all(s.labels.get(key) == value for key, value in labels.items())]

    @_remembered
    def increase(self, metric: Counter, start: float, end: float, /, **labels: str) -> float | None:
        """What all matching counters gained together; None when none of them was read throughout."""
        gains = [g for s in self.of(metric, **labels) if (g := s.increase(start, end)) is not None]
        return sum(gains) if gains else None

    def increases(self, metric: Counter, label: str, start: float, end: float) -> dict[str, float]:
        """What each counter gained, by the value of one label (summed over the others)."""
        return dict(self._summed(metric, label, start, end))

    @_remembered
    def _summed(self, metric: Counter, label: str, start: float, end: float) -> dict[str, float]:
        gains: dict[str, float] = {}
        for series in self.of(metric):
            gain = series.increase(start, end)
            if gain is not None and label in series.labels:
                gains[series.labels[label]] = gains.get(series.labels[label], 0.0) + gain
        return gains

    @_remembered
    def looks(self, metric: Gauge, start: float, end: float, /, **labels: str) -> Floats:
        """All values of a gauge that were read in [start, end], those of one series after those of another."""
        return np.concatenate([np.empty(0), *(series.within(start, end) for series in self.of(metric, **labels))])

    @_remembered
    def mean(self, metric: Gauge, start: float, end: float, /, **labels: str) -> float | None:
        """The mean of a gauge in a window, matching series added up; None when it was not read."""
        means = [float(v.mean()) for s in self.of(metric, **labels) if len(v := s.within(start, end))]
        return sum(means) if means else None

    @_remembered
    def highest(self, metric: Gauge, start: float, end: float, /, **labels: str) -> float | None:
        """The largest value of a gauge in a window; None when it was not read."""
        tops = [float(v.max()) for s in self.of(metric, **labels) if len(v := s.within(start, end))]
        return max(tops) if tops else None


def _instants(at: Floats, metric: NDArray[np.int64]) -> dict[int, Floats]:
    """When each metric was read, rising and each instant once."""
    order = np.argsort(metric, kind="stable")
    bounds = np.flatnonzero(np.diff(metric[order], prepend=-1, append=-1))
    return {int(metric[order[a]]): np.unique(at[order[a:b]]) for a, b in itertools.pairwise(bounds)}


def _columns(
    batches: Iterable[pa.RecordBatch],
) -> tuple[Floats, NDArray[np.int64], Floats, NDArray[np.int64], list[str], list[str]] | None:
    """All batches as arrays, their dictionaries merged (each file has its own)."""
    words: tuple[dict[str, int], dict[str, int]] = ({}, {})
    parts: list[tuple[Floats, NDArray[np.int64], Floats, NDArray[np.int64]]] = []
    for batch in batches:
        at, value = (values(batch.column(name), np.float64) for name in ("at", "value"))
        codes = [_recode(batch.column(name), known) for name, known in zip(("metric", "labels"), words, strict=True)]
        parts.append((at, codes[0], value, codes[1]))
    if not parts:
        return None
    at, metric, value, labels = (np.concatenate(column) for column in zip(*parts, strict=True))
    return at, metric, value, labels, list(words[0]), list(words[1])


def _recode(column: pa.DictionaryArray, known: dict[str, int]) -> NDArray[np.int64]:
    table = np.array([known.setdefault(word, len(known)) for word in column.dictionary.to_pylist()], dtype=np.int64)
    codes: NDArray[np.int64] = table.take(values(column.indices, np.int32))
    return codes
