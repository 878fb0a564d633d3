"""Simple rules that rank what was recorded, one series a second, and name the finding that the top series stands for.

Each gets what no user of it would have: the knee, from our own analysis, and for each series the finding it would best
stand for (the rows of full scans for a missing index). BARO is `fse-baro`, one call for `x` and one for `-x`, for its
score sees rises alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from baro.root_cause_analysis import robust_scorer
from numpy.typing import NDArray

from analysis.record.readings import Readings, Series
from analysis.record.request_reader import requests_of
from rampart.model import JSON, Stage
from rampart.runs import Run
from rampart.tables import SPANS

Floats = NDArray[np.float64]
# Readings by metric and label value: the finding that each would name. Counters become rates.
GAUGES = {
    ("queue.ready", ""): "workers", ("queue.oldest_age_s", ""): "workers", ("queue.workers_busy", ""): "workers",
    ("pool.waiting", ""): "app-pool", ("loop.lag_ms", ""): "event-loop-blocked", ("role.rss_bytes", "app"): "memory",
    ("db.connections.used", ""): "db-connections", ("db.lock_waiters", ""): "lock-contention",
    ("db.idle_in_transaction_age_s", ""): "idle-in-transaction",
}  # fmt: skip
COUNTERS = {
    ("pool.usage_ms", ""): "app-pool", ("role.cpu_s", "db"): "db-cpu", ("role.cpu_s", "app"): "app-cpu",
    ("role.cpu_s", "worker"): "workers", ("redis.busy_s", "cache"): "cache-server",
    ("redis.misses", "cache"): "cache-missing", ("redis.evicted", "cache"): "cache-too-small",
    ("queue.retried", ""): "queue-retries", ("db.io_read_ms", ""): "db-io",
    ("db.statement.calls", ""): "n-plus-one", ("db.statement.exec_ms", ""): "slow-query",
    ("db.table.seq_rows", ""): "missing-index",
}  # fmt: skip
PARTS = {
    "pool": "app-pool", "db": "slow-query", "cache": "cache-server", "mail": "sync-work", "downstream": "downstream",
    "render": "app-cpu", "queue": "workers",
}  # fmt: skip
UTILISATIONS = {
    "pool": "app-pool", "busiest app process": "app-cpu", "db cpu": "db-cpu", "connections": "db-connections",
    "workers": "workers", "redis cache": "cache-server", "worker cpu": "workers",
}  # fmt: skip
DATABASE_PARTS = ("span pool", "span db")


def table(run: Run, stages: Sequence[Stage]) -> pd.DataFrame:
    """A row per measured second, stages by rising users; `time` counts the rows. Columns are `CANDIDATES` and more."""
    readings, requests = Readings(run.readings()), requests_of(run, stages)
    seconds = [(i, np.arange(s.steady_at, s.ended_at - 1)) for i, s in enumerate(stages)]
    columns: dict[str, Floats] = {}
    for (metric, label), _ in {**GAUGES, **COUNTERS}.items():
        found = [s for s in readings.of(metric) if not label or label in s.labels.values()]
        rate = (metric, label) in COUNTERS
        if found:
            values = [sum(_at(s, at, rate=rate) for s in found) for _, at in seconds]
            columns[f"{metric} {label}".strip()] = np.concatenate([np.asarray(v, float) for v in values])
    for place, span in enumerate(SPANS):
        if span in PARTS:
            columns[f"span {span}"] = np.concatenate([_part(requests.window_ms, requests.window_count, i, place + 1, at)
                                                      for i, at in seconds])  # fmt: skip
    columns["latency"] = np.concatenate(
        [_part(requests.window_ms, requests.window_count, i, 0, at) for i, at in seconds]
    )
    columns["users"] = np.concatenate([np.full(len(at), float(stages[i].users)) for i, at in seconds])
    frame = pd.DataFrame(columns).fillna(0.0)
    return frame.assign(time=np.arange(len(frame), dtype=float))


def _at(series: Series, seconds: Floats, *, rate: bool) -> Floats:
    if rate:
        ends = np.interp(np.append(seconds, seconds[-1] + 1), series.at, series.value) if len(seconds) else seconds
        return np.diff(ends)
    return np.interp(seconds, series.at, series.value)


def _part(ms: Floats, count: NDArray[np.int64], stage: int, part: int, seconds: Floats) -> Floats:
    """Mean ms per request in the measuring window of each second; windows are a little longer than one."""
    if not len(seconds):
        return np.zeros(0)
    total, requests = ms[stage, :, :, part].sum(0), np.maximum(count[stage].sum(0), 1)
    windows = np.minimum((np.arange(len(seconds)) / len(seconds) * len(total)).astype(int), len(total) - 1)
    found: Floats = (total / requests)[windows]
    return found


def meaning(column: str) -> str | None:
    """The finding that a column stands for."""
    if column.startswith("span "):
        return PARTS[column.removeprefix("span ")]
    metric, _, label = column.partition(" ")
    return {**GAUGES, **COUNTERS}.get((metric, label))


Rule = Callable[[pd.DataFrame, int], Sequence[str]]  # the table, the first row at the knee: columns, best first


def _candidates(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if meaning(name) is not None]


def _by(frame: pd.DataFrame, score: Callable[[Floats], float]) -> list[str]:
    scores = {name: score(frame[name].to_numpy(float)) for name in _candidates(frame)}
    return sorted(scores, key=lambda name: (-scores[name], name))


def baro(frame: pd.DataFrame, knee: int) -> list[str]:
    """Both signs: the better place of a column in either call decides."""
    names = _candidates(frame)
    up = frame[[*names, "time"]]
    down = up.assign(**{name: -up[name] for name in names})
    places: dict[str, int] = {}
    for ranks in (robust_scorer(one, inject_time=float(knee))["ranks"] for one in (up, down)):
        for place, name in enumerate(ranks):
            places[name] = min(places.get(name, place), place)
    return sorted(places, key=lambda name: (places[name], name))


def n_sigma(frame: pd.DataFrame, knee: int) -> list[str]:
    return _by(frame, lambda v: float(np.abs(v[knee:] - v[:knee].mean()).max() / (v[:knee].std() + 1e-9)))


def correlation(frame: pd.DataFrame, _knee: int) -> list[str]:
    latency = frame["latency"].to_numpy(float)
    return _by(frame, lambda v: abs(float(np.corrcoef(v, latency)[0, 1])) if v.std() > 0 else 0.0)


def largest_part(frame: pd.DataFrame, knee: int) -> list[str]:
    """The part of a request that grew most: largest database share, when that is the largest."""
    names = [str(n) for n in frame if str(n).startswith("span ")]
    parts = {n: float(frame[n][knee:].mean() - frame[n][:knee].mean()) for n in names}
    return sorted(parts, key=lambda name: (-parts[name], name))


RULES: Mapping[str, Rule] = {
    "BARO": baro, "n-sigma": n_sigma, "correlation": correlation, "largest part": largest_part,
}  # fmt: skip


def largest_database_share(frame: pd.DataFrame, knee: int) -> list[str]:
    """It is always the database: its own parts first."""
    ranked = largest_part(frame, knee)
    return [n for n in ranked if n in DATABASE_PARTS] + [n for n in ranked if n not in DATABASE_PARTS]


def highest_utilisation(verdict: JSON, knee_users: float) -> list[str]:
    """The fullest resource at the first stage at or beyond the knee."""
    points = sorted((p for p in verdict["points"] if p["valid"]), key=lambda p: p["users"])
    high = next((p for p in points if p["users"] >= knee_users), points[-1])
    used = {UTILISATIONS[n]: v for n, v in sorted(high["utilisation"].items()) if n in UTILISATIONS}
    return sorted(used, key=lambda name: (-used[name], name))


def shuffled(names: Sequence[str], seed: int) -> list[str]:
    return random.Random(seed).sample(list(names), len(names))
