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
from rampart import metrics, resources
from rampart.model import Metric, Stage
from rampart.runs import Run
from rampart.tables import SPANS
from rampart.verdict import Verdict

Floats = NDArray[np.float64]
# Readings by metric and label value: the finding that each would name. Counters become rates.
GAUGES: Mapping[tuple[Metric, str], str] = {
    (metrics.QUEUE_READY, ""): "workers",
    (metrics.QUEUE_OLDEST_AGE_S, ""): "workers",
    (metrics.QUEUE_WORKERS_BUSY, ""): "workers",
    (metrics.POOL_WAITING, ""): "app-pool",
    (metrics.LOOP_LAG_MS, ""): "event-loop-blocked",
    (metrics.ROLE_RSS_BYTES, "app"): "memory",
    (metrics.DB_CONNECTIONS_USED, ""): "db-connections",
    (metrics.DB_LOCK_WAITERS, ""): "lock-contention",
    (metrics.DB_IDLE_IN_TRANSACTION_AGE_S, ""): "idle-in-transaction",
}
COUNTERS: Mapping[tuple[Metric, str], str] = {
    (metrics.POOL_USAGE_MS, ""): "app-pool",
    (metrics.ROLE_CPU_S, "db"): "db-cpu",
    (metrics.ROLE_CPU_S, "app"): "app-cpu",
    (metrics.ROLE_CPU_S, "worker"): "workers",
    (metrics.REDIS_BUSY_S, "cache"): "cache-server",
    (metrics.REDIS_MISSES, "cache"): "cache-missing",
    (metrics.REDIS_EVICTED, "cache"): "cache-too-small",
    (metrics.QUEUE_RETRIED, ""): "queue-retries",
    (metrics.DB_IO_READ_MS, ""): "db-io",
    (metrics.STATEMENT_CALLS, ""): "n-plus-one",
    (metrics.STATEMENT_EXEC_MS, ""): "slow-query",
    (metrics.TABLE_SEQ_ROWS, ""): "missing-index",
}
PARTS = {
    "pool": "app-pool", "db": "slow-query", "cache": "cache-server", "mail": "sync-work", "downstream": "downstream",
    "render": "app-cpu", "queue": "workers",
}  # fmt: skip
UTILISATIONS = {
    resources.POOL: "app-pool",
    resources.APP_PROCESS: "app-cpu",
    resources.DB_CPU: "db-cpu",
    resources.CONNECTIONS: "db-connections",
    resources.WORKERS: "workers",
    resources.REDIS_CACHE: "cache-server",
    resources.WORKER_CPU: "workers",
}
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
            columns[_column(metric, label)] = np.concatenate([np.asarray(v, float) for v in values])
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
    known = {_column(metric, label): finding for (metric, label), finding in {**GAUGES, **COUNTERS}.items()}
    return known.get(column)


def _column(metric: Metric, label: str) -> str:
    return f"{metric.name} {label}".strip()


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


def highest_utilisation(verdict: Verdict, knee_users: float) -> list[str]:
    """The fullest resource at the first stage at or beyond the knee."""
    points = sorted((p for p in verdict.points if p.valid), key=lambda p: p.users)
    high = next((p for p in points if p.users >= knee_users), points[-1])
    used = {UTILISATIONS[n]: v for n, v in sorted(high.utilisation.items()) if n in UTILISATIONS}
    return sorted(used, key=lambda name: (-used[name], name))


def shuffled(names: Sequence[str], seed: int) -> list[str]:
    return random.Random(seed).sample(list(names), len(names))
