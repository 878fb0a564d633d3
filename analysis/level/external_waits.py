"""Waiting for outside services that the target does not tell of: by connections on which an answer is awaited.

Little's law: so many at an instant over requests a second is the time that a mean request waits. What waits whatever
the load is (a feed that is listened to) is no request's: the part of the connections that does not grow with the load.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.level.level_data import LevelData
from analysis.stages.operating_point import Point
from rampart import metrics

# SMTP, submission, submission over TLS, their usual stand-in; and where tools that catch mail listen.
_MAIL_PORTS = frozenset({"25", "587", "465", "2525", "1025"})
# What usually listens there. A database that the target file does not name is an outside service like any other.
_USUAL = {
    "5432": "Postgres", "6432": "PgBouncer", "3306": "MySQL", "1433": "SQL Server", "27017": "MongoDB",
    "6379": "Redis", "11211": "Memcached", "9200": "Elasticsearch", "5672": "RabbitMQ", "9092": "Kafka",
}  # fmt: skip


def wait_ms(level: LevelData) -> tuple[float, float]:
    """Milliseconds per request in the low and in the high stages; 0 where it was not read."""
    (few, slow), (many, fast) = _mean(level, level.low), _mean(level, level.high)
    if few is None or many is None or not slow or not fast:
        return 0.0, 0.0
    always = min(_always(level), few, many)
    return 1000 * (few - always) / slow, 1000 * (many - always) / fast


def _always(level: LevelData) -> float:
    """Connections that wait whatever the load is: where the line through all stages meets a load of none.

    A stage has a reading a second of few connections, so that two loads alone would say little of it.
    """
    stages = [_mean(level, [p]) for p in level.points if p.why_invalid is None]
    waiting, rate = np.array([(n, x) for n, x in stages if n is not None]).T.reshape(2, -1)
    if len(rate) < 2 or not np.ptp(rate):
        return 0.0
    return float(max(np.polyfit(rate, waiting, 1)[1], 0.0))


def endpoint(level: LevelData) -> str | None:
    """The endpoint that waits most, by the profile."""
    best = max(((row.outside_ms or 0.0, row.endpoint) for row in level.profile), default=(0.0, None))
    return best[1] if best[0] > 0 else None


def sends_mail(level: LevelData) -> bool:
    """Whether what is waited for most takes mail, by its port."""
    return service(level).rpartition(":")[2] in _MAIL_PORTS


def described(level: LevelData) -> str:
    """What is waited for most, with what usually listens at its port."""
    where = service(level)
    kind = _USUAL.get(where.rpartition(":")[2])
    return f"{kind} at {where}" if kind else f"outside service {where}".strip()


def service(level: LevelData) -> str:
    """The one that is waited for most at the knee; "" where none was seen."""
    means = {
        series.labels.get("service", ""): sum(float(series.within(*p.window).sum()) for p in level.high)
        for series in level.readings.of(metrics.OUTSIDE_WAITING)
    }
    return max(means, key=lambda name: means[name], default="")


def _mean(level: LevelData, points: Sequence[Point]) -> tuple[float | None, float]:
    """Connections that wait at an instant, and requests a second, over some stages."""
    seen = [(p, n) for p in points if (n := level.readings.mean(metrics.OUTSIDE_WAITING, *p.window)) is not None]
    seconds = sum(p.seconds for p, _ in seen)
    if not seconds:
        return None, 0.0
    return sum(n * p.seconds for p, n in seen) / seconds, sum(p.requests for p, _ in seen) / seconds
