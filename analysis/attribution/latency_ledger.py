"""The latency ledger: how many of the milliseconds added between the low stages and the knee each part explains.

Means per request, endpoints weighted alike at both loads, so that a change of the mix is not a change of latency. Where
the target publishes `Server-Timing`, its parts are measured; the database's part is split by statement with the
server's own execution times. What nothing explains is an entry of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.level import external_waits, pooler
from analysis.level.level_data import LevelData
from analysis.stages.operating_point import Point
from rampart import metrics
from rampart.tables import SPANS

Floats = NDArray[np.float64]

# Parts in which a request waits for somebody else's work; the rest are work of the application itself.
# What is waited in a pooler is within its time for the database, and read from the pooler itself; "outside" is waiting
# for services that the target does not tell of, read from its connections.
OUTSIDE_WORK = ("mail", "downstream", "cache", "queue", "pooler", "outside")
_COVERED = 0.5  # share of requests that must carry a span before it is believed to be published


@dataclass(frozen=True, slots=True)
class Ledger:
    """Added milliseconds per request, by part; `statements` splits the database's part. They sum up to `added`."""

    added: float
    statements: dict[str, float]
    pool: float
    outside_work: dict[str, float]  # by span: mail, downstream, cache, queue; and pooler, outside
    app: float  # rendering and what else the application did, and waiting between the parts
    before_app: float  # accept queue, network, event loop: client latency beyond the application's own total
    unexplained: float
    by_endpoint: dict[str, float]

    def share(self, part: float) -> float:
        """A part as a share of what was added, between 0 and 1."""
        return float(np.clip(part / self.added, 0.0, 1.0)) if self.added > 0 else 0.0


@dataclass(frozen=True, slots=True)
class LoadMeans:
    """What a mean request takes in the low or in the high stages, ms: as the client saw it, by span and by statement.

    Endpoints are weighted by the mix of both; a span that a request does not send counts as 0 in it.
    """

    means: Mapping[str, float]  # "latency", each span, "pooler": waiting in it, and "outside"
    executed: Mapping[str, float]
    pool: float  # waiting for a connection: the span, else the pool's own counters


def ledger(level: LevelData) -> Ledger:
    """The ledger of one level."""
    low, high, weights, sent = means(level, level.low), means(level, level.high), mix(level), published(level)
    waited = external_waits.wait_ms(level)
    change = {name: float(np.nansum((high[name] - low[name]) * weights)) for name in high}
    change["pooler"] = pooler.wait_ms(level, level.high) - pooler.wait_ms(level, level.low)
    change["outside"] = waited[1] - waited[0]
    pool = change["pool"] if "pool" in sent else pool_wait(level, level.high) - pool_wait(level, level.low)
    by_endpoint = np.nan_to_num((high["latency"] - low["latency"]) * weights).tolist()
    names = dict(zip(level.requests.endpoints, by_endpoint, strict=True))
    return entries(change, pool, level.per_request(metrics.STATEMENT_EXEC_MS, "statement"), sent, names)


def entries(
    change: Mapping[str, float], pool: float, executed: tuple[Mapping[str, float], Mapping[str, float]],
    sent: set[str], by_endpoint: dict[str, float],
) -> Ledger:  # fmt: skip
    """Share out what was added: `change` is that of the latency and the spans, `pool` of waiting for a connection."""
    added = change["latency"]
    grown = {s: ms - executed[0].get(s, 0.0) for s, ms in executed[1].items()}
    statements = {s: ms for s, ms in grown.items() if ms > 0.005 * max(added, 0.1)}
    elsewhere = {name: change[name] for name in OUTSIDE_WORK if name in sent}
    total = sum(statements.values())
    if "total" in sent:
        inside = change["total"] - pool - sum(elsewhere.values()) - total
        return Ledger(added, statements, pool, elsewhere, inside, added - change["total"], 0.0, by_endpoint)
    inside = change["render"] if "render" in sent else 0.0
    rest = added - pool - sum(elsewhere.values()) - total - inside
    return Ledger(added, statements, pool, elsewhere, inside, 0.0, rest, by_endpoint)


def loads(level: LevelData) -> tuple[LoadMeans, LoadMeans]:
    """The low and the high load of a level as they were measured."""
    weights, sent = mix(level), published(level)
    executed = level.per_request(metrics.STATEMENT_EXEC_MS, "statement")
    found = []
    for points, own, waited in zip((level.low, level.high), executed, external_waits.wait_ms(level), strict=True):
        mean = {name: float(np.nansum(values * weights)) for name, values in means(level, points).items()}
        mean |= {"pooler": pooler.wait_ms(level, points), "outside": waited}
        found.append(LoadMeans(mean, own, mean["pool"] if "pool" in sent else pool_wait(level, points)))
    return found[0], found[1]


def mix(level: LevelData) -> Floats:
    """The share of each endpoint among the requests of both loads; those not seen at both count as 0, shape (E,)."""
    counts = count(level, (*level.low, *level.high))
    seen = count(level, level.low) * count(level, level.high) > 0
    found: Floats = np.where(seen, counts, 0) / max(np.where(seen, counts, 0).sum(), 1)
    return found


def count(level: LevelData, points: Sequence[Point]) -> Floats:
    """Requests by endpoint over some stages, shape (E,)."""
    zero = np.zeros(len(level.requests.endpoints))
    return np.asarray(sum((level.requests.count[p.index] for p in points), zero), float)


def means(level: LevelData, points: Sequence[Point]) -> dict[str, Floats]:
    """Mean milliseconds per request by endpoint: the latency, and each span (a span not sent in a request is 0)."""
    requests = count(level, points)
    zero = np.zeros(len(level.requests.endpoints))
    latency = sum((level.requests.latency_ms[p.index] for p in points), zero)
    spans = sum((level.requests.span_ms[p.index] for p in points), np.zeros((len(zero), len(SPANS))))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {"latency": latency / requests}
        found.update({span: spans[:, i] / requests for i, span in enumerate(SPANS)})
    return found


def published(level: LevelData) -> set[str]:
    """The spans that the target sends: in most requests of some endpoint, and `total` in nearly all of them. And
    "pooler" where that is read, "outside" where connections tell of what the target does not."""
    found: set[str] = {"pooler"} if level.total(metrics.POOLER_WAIT_MS, level.high) is not None else set()
    requests = count(level, (*level.low, *level.high))
    for i, span in enumerate(SPANS):
        sent = sum(
            (level.requests.span_count[p.index, :, i] for p in (*level.low, *level.high)), np.zeros(len(requests))
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.nan_to_num(sent / requests)
        if (span == "total" and (share * requests).sum() >= 0.9 * requests.sum()) or (
            span != "total" and share.max(initial=0) >= _COVERED
        ):
            found.add(span)
    if not found & {"downstream", "mail"} and any(external_waits.wait_ms(level)):
        found.add("outside")
    return found


def pool_wait(level: LevelData, points: Sequence[Point]) -> float:
    """Waiting for a connection per request, ms, from the pool's own counters; 0 when they are not read."""
    waited, requests = level.total(metrics.POOL_WAIT_MS, points), sum(p.requests for p in points)
    return waited / requests if waited is not None and requests else 0.0
