"""The latency ledger: how many of the milliseconds added between the low stages and the knee each part explains.

Means per request, endpoints weighted alike at both loads, so that a change of the mix is not a change of latency. Where
the target publishes `Server-Timing`, its parts are measured; the database's part is split by statement with the
server's own execution times. What nothing explains is an entry of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.case import Case
from analysis.points import Point
from rampart.model import JSON
from rampart.runs import SPANS

Floats = NDArray[np.float64]

# Parts in which a request waits for somebody else's work; the rest are work of the application itself.
OUTSIDE_WORK = ("mail", "downstream", "cache", "queue")
_COVERED = 0.5  # share of requests that must carry a span before it is believed to be published


@dataclass(frozen=True, slots=True)
class Ledger:
    """Added milliseconds per request, by part; `statements` splits the database's part. They sum up to `added`."""

    added: float
    statements: dict[str, float]
    pool: float
    outside_work: dict[str, float]  # by span: mail, downstream, cache, queue
    app: float  # rendering and what else the application did, and waiting between the parts
    before_app: float  # accept queue, network, event loop: client latency beyond the application's own total
    unexplained: float
    by_endpoint: dict[str, float]

    def share(self, part: float) -> float:
        """A part as a share of what was added, between 0 and 1."""
        return float(np.clip(part / self.added, 0.0, 1.0)) if self.added > 0 else 0.0


def ledger(case: Case) -> Ledger:
    """The ledger of one level."""
    low, high = _means(case, case.low), _means(case, case.high)
    weights = _mix(case)
    change = {name: float(np.nansum((high[name] - low[name]) * weights)) for name in high}
    added = change["latency"]
    exec_low, exec_high = case.per_request("db.statement.exec_ms", "statement")
    grown = {s: exec_high[s] - exec_low.get(s, 0.0) for s in exec_high}
    statements = {s: ms for s, ms in grown.items() if ms > 0.005 * max(added, 0.1)}
    published = _published(case)
    pool = change["pool"] if "pool" in published else _pool_wait(case)
    outside = {name: change[name] for name in OUTSIDE_WORK if name in published}
    executed = sum(statements.values())
    if "total" in published:
        inside = change["total"] - pool - sum(outside.values()) - executed
        before = added - change["total"]
        rest = 0.0
    else:
        inside, before = change.get("render", 0.0) if "render" in published else 0.0, 0.0
        rest = added - pool - sum(outside.values()) - executed - inside
    by_endpoint = (high["latency"] - low["latency"]) * weights
    names = dict(zip(case.requests.endpoints, np.nan_to_num(by_endpoint).tolist(), strict=True))
    return Ledger(added, statements, pool, outside, inside, before, rest, names)


def _mix(case: Case) -> Floats:
    counts = sum(
        (case.requests.count[p.index] for p in (*case.low, *case.high)), np.zeros(len(case.requests.endpoints))
    )
    seen = _count(case, case.low) * _count(case, case.high) > 0
    mix: Floats = np.where(seen, counts, 0) / max(np.where(seen, counts, 0).sum(), 1)
    return mix


def _count(case: Case, points: Sequence[Point]) -> Floats:
    zero = np.zeros(len(case.requests.endpoints))
    return np.asarray(sum((case.requests.count[p.index] for p in points), zero), float)


def _means(case: Case, points: Sequence[Point]) -> dict[str, Floats]:
    """Mean milliseconds per request by endpoint: the latency, and each span (a span not sent in a request is 0)."""
    count = _count(case, points)
    zero = np.zeros(len(case.requests.endpoints))
    latency = sum((case.requests.latency_ms[p.index] for p in points), zero)
    spans = sum((case.requests.span_ms[p.index] for p in points), np.zeros((len(zero), len(SPANS))))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = {"latency": latency / count}
        means.update({span: spans[:, i] / count for i, span in enumerate(SPANS)})
    return means


def _published(case: Case) -> set[str]:
    """The spans that the target sends: in most requests of some endpoint, and `total` in nearly all of them."""
    found: set[str] = set()
    count = _count(case, (*case.low, *case.high))
    for i, span in enumerate(SPANS):
        sent = sum((case.requests.span_count[p.index, :, i] for p in (*case.low, *case.high)), np.zeros(len(count)))
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.nan_to_num(sent / count)
        if (span == "total" and (share * count).sum() >= 0.9 * count.sum()) or (
            span != "total" and share.max(initial=0) >= _COVERED
        ):
            found.add(span)
    return found


def _pool_wait(case: Case) -> float:
    """Added waiting for a connection per request, from the pool's own counters; 0 when they are not read."""
    waits = []
    for points in (case.low, case.high):
        waited, count = case.total("pool.wait_ms", points), sum(p.requests for p in points)
        waits.append(waited / count if waited is not None and count else 0.0)
    return waits[1] - waits[0]


def as_json(case: Case, entries: Ledger) -> JSON:
    """The ledger as verdict.json shows it, largest part first, the unexplained rest last."""
    parts = [("database: " + case.statement(s)[:120], "db", ms) for s, ms in entries.statements.items()]
    parts += [(_SAID[name], name, ms) for name, ms in entries.outside_work.items()]
    parts += [("waiting for a connection of the pool", "pool", entries.pool)]
    parts += [
        ("the application itself", "app", entries.app),
        ("before the application (accept queue)", "accept", entries.before_app),
    ]
    parts = sorted((p for p in parts if abs(p[2]) > 0.01 * abs(entries.added)), key=lambda part: -part[2])[:8]
    parts += [("unexplained", "unexplained", entries.added - sum(ms for _, _, ms in parts))]
    rows = [{"what": what, "resource": resource, "ms": ms, "share": ms / entries.added if entries.added else 0.0}
            for what, resource, ms in parts]  # fmt: skip
    return {
        "tenants": case.tenants,
        "low_users": max((p.users for p in case.low), default=None),
        "knee_users": max((p.users for p in case.high), default=None),
        "added_ms": entries.added,
        "parts": rows,
        "by_endpoint": entries.by_endpoint,
    }


_SAID = {
    "mail": "sending mail inside the request",
    "downstream": "outside services",
    "cache": "the cache server",
    "queue": "putting jobs on the queue",
}
