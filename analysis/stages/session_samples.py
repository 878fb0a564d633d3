"""What the database's sessions were seen doing, second by second: who works, who waits, and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.record.readings import Readings, Series
from analysis.stages.operating_point import Point
from rampart import metrics
from rampart.model import Gauge

IDLE = "idle in transaction"
LOCK, DISK, LOG, SPILL = "Lock", "IO", "log", "spill"  # what a session waits for; "cpu": it does not wait


@dataclass(frozen=True, slots=True)
class Waits:
    """Mean numbers of sessions at an instant over some stages; empty where they were not read."""

    sessions: Mapping[tuple[str, str], float] = field(default_factory=dict)  # by statement and what they do
    lock_kinds: Mapping[str, float] = field(default_factory=dict)  # "transactionid", "relation", "advisory", …
    lock_roots: Mapping[tuple[str, str], float] = field(default_factory=dict)  # waiters by table and root statement
    idle_age_s: float = 0.0  # median of the longest idle time within a transaction, over instants that saw one

    def mean(self, doing: str, statement: str | None = None) -> float:
        """Sessions that do this, of one statement or of all."""
        return sum(n for (s, d), n in self.sessions.items() if d == doing and statement in (None, s))

    def share(self, doing: str, statement: str | None = None) -> float:
        """The share of the active sessions (those idle in a transaction are not) that do this."""
        active = sum(n for (s, d), n in self.sessions.items() if d != IDLE and statement in (None, s))
        return self.mean(doing, statement) / active if active > 0 else 0.0

    def root_idle_share(self) -> float:
        """Of the root blockers of lock queues, weighted by who waits: the share that does nothing meanwhile."""
        weighted = [(n, _idle_of(self.sessions, root)) for (_, root), n in self.lock_roots.items()]
        total = sum(n for n, _ in weighted)
        return sum(n * idle for n, idle in weighted) / total if total > 0 else 0.0


def _idle_of(sessions: Mapping[tuple[str, str], float], statement: str) -> float:
    """How much of the time that a statement's sessions do not wait for locks they sit idle after it."""
    own = {doing: n for (s, doing), n in sessions.items() if s == statement and doing != LOCK}
    return own.get(IDLE, 0.0) / sum(own.values()) if sum(own.values()) > 0 else 0.0


def waits(readings: Readings, points: Sequence[Point]) -> Waits:
    """Sessions by statement and wait over the stages; an instant at which a kind was not listed counts as 0 of it."""
    ticks = _instants(readings, (metrics.DB_CONNECTIONS_USED, metrics.DB_ACTIVE), points)
    sessions: dict[tuple[str, str], float] = {}
    kinds: dict[str, float] = {}
    for series, total in _totals(readings, metrics.DB_ACTIVE, points):
        labels, count = series.labels, total / max(ticks, 1)
        doing = _doing(labels.get("state", ""), labels.get("wait_type", ""), labels.get("wait", ""))
        key = (labels.get("statement", ""), doing)
        sessions[key] = sessions.get(key, 0.0) + count
        if doing == LOCK:
            kinds[labels.get("wait", "")] = kinds.get(labels.get("wait", ""), 0.0) + count
    looked = _instants(readings, (metrics.DB_LOCK_WAITERS,), points)
    roots: dict[tuple[str, str], float] = {}
    for series, total in _totals(readings, metrics.DB_LOCK_WAITERS, points):
        key = (series.labels.get("table", ""), series.labels.get("blocker", ""))
        roots[key] = roots.get(key, 0.0) + total / max(looked, 1)
    ages = [v for p in points for v in readings.looks(metrics.DB_IDLE_IN_TRANSACTION_AGE_S, *p.window) if v > 0]
    return Waits(sessions, kinds, roots, float(np.median(ages)) if ages else 0.0)


def _doing(state: str, wait_type: str, wait: str) -> str:
    if state.startswith(IDLE):
        return IDLE
    if wait_type == "IO" and wait.startswith("BufFile"):
        return SPILL
    if wait_type in ("IO", "LWLock") and wait.upper().startswith("WAL"):
        return LOG
    return wait_type


def _totals(readings: Readings, metric: Gauge, points: Sequence[Point]) -> Iterator[tuple[Series, float]]:
    for series in readings.of(metric):
        total = sum(float(series.within(*p.window).sum()) for p in points)
        if total > 0:
            yield series, total


def _instants(readings: Readings, of: Sequence[Gauge], points: Sequence[Point]) -> int:
    """How many times one of the metrics was read, by the first that was."""
    for metric in of:
        at = [s.at[(s.at >= p.window[0]) & (s.at <= p.window[1])] for p in points for s in readings.of(metric)]
        if any(map(len, at)):
            return len(np.unique(np.concatenate(at)))
    return 0
