"""Planted causes of the cache."""

from __future__ import annotations

from rampart.tables import label_text
from tests.planted.causes import NONE, Cause, Values, active, texts, work
from tests.planted.recording import Plan

CACHE = label_text({"server": "cache"})
SUMMARY = texts(s41="SELECT status, count(*) FROM tasks WHERE tenant_id = $1 GROUP BY 1", s42="SELECT 1")


def evicting(*, low: float = 0.95, high: float = 0.4, evicted: float = 10.0, used: float = 99e6) -> Cause:
    """From 100 users on the cache throws out what is asked for: `low` and `high` are its hit ratios."""

    def counters(users: int, rate: float, latency: float) -> Values:
        ratio = low if users < 80 else high
        misses = rate * (1 - ratio)
        looked = {("redis.hits", CACHE): rate * ratio, ("redis.misses", CACHE): misses}
        thrown = {("redis.evicted", CACHE): evicted if users >= 80 else 0.0}
        return {
            **looked,
            **thrown,
            **work("41", misses, 10 + max(latency - 20, 0) * rate / misses),
            **work("42", rate, 0.1),
        }

    def gauges(users: int, rate: float, latency: float) -> Values:
        return {("redis.used_bytes", CACHE): used, ("redis.max_bytes", CACHE): 100e6}

    return Cause("cache-too-small", Plan(where="db", counters=counters, gauges=gauges), SUMMARY)


def expiring(*, every_s: int = 4, together: float = 20.0, misses: float = 40.0) -> Cause:
    """Every few seconds one answer expires: so many look-ups miss, and so many sessions compute it side by side."""
    clock = {"s": 0, "missed": 0.0}

    def counters(users: int, rate: float, latency: float) -> Values:
        return {**work("41", 0.2 * rate, 5 + max(latency - 20, 0) * 5), ("redis.hits", CACHE): rate}

    def gauges(users: int, rate: float, latency: float) -> Values:
        clock["s"] += 1
        burst = clock["s"] % every_s == 0
        clock["missed"] += misses if burst else 1.0
        crowd = {active("41"): together if burst else 0.0}
        return {**crowd, ("redis.misses", CACHE): clock["missed"], ("db.connections.used", NONE): 30.0}

    return Cause("cache-stampede", Plan(where="db", counters=counters, gauges=gauges), SUMMARY)


def busy_cache(*, full: float = 0.97, command_ms: float = 0.02, where: str = "cache") -> Cause:
    """The cache's thread is full at 100 requests/s, with commands of this length."""

    def counters(users: int, rate: float, latency: float) -> Values:
        busy = full * min(rate / 100, 1.0)
        get = label_text({"server": "cache", "command": "keys" if command_ms > 1 else "get"})
        calls = busy / command_ms * 1000
        return {("redis.busy_s", CACHE): busy, ("redis.command.busy_s", get): busy, ("redis.command.calls", get): calls}

    return Cause("cache-server", Plan(where=where, counters=counters))
