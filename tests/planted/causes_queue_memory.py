"""Planted causes of queues and of memory."""

from __future__ import annotations

from rampart.tables import label_text
from tests.planted.causes import NONE, Cause, Values
from tests.planted.recording import Plan

QUEUE = label_text({"queue": "mail"})


def failing_jobs(
    *, retried: float = 8.0, kept: float = 0.0, arriving: float = 0.1, other_growth: float = 0.0, made: float = 12.0,
    busy: float = 2.0,
) -> Cause:  # fmt: skip
    """A job for each tenth request; the workers make 12 runs a second, of which so many fail and come back.

    Another queue grows by so many jobs a second from 60 users on, and none of its jobs fails.
    """
    state = {"ready": 0.0, "failed": 0.0, "other": 0.0}
    other = label_text({"queue": "exports"})

    def runs(rate: float) -> tuple[float, float]:
        wasted = min(retried, arriving * rate)
        return min(arriving * rate, max(made - wasted, 0.0)), wasted

    def counters(users: int, rate: float, latency: float) -> Values:
        done, wasted = runs(rate)
        second = {("queue.completed", other): 5.0, ("queue.retried", other): 0.0} if other_growth else {}
        return {("queue.completed", QUEUE): done, ("queue.retried", QUEUE): wasted, **second}

    def gauges(users: int, rate: float, latency: float) -> Values:
        state["ready"] = max(state["ready"] + arriving * rate - runs(rate)[0], 0.0)
        state["failed"] += kept * runs(rate)[1]
        levels = {"ready": state["ready"], "failed": state["failed"], "workers": 2, "workers_busy": busy}
        state["other"] += other_growth if users >= 60 else 0.0
        second = {("queue.ready", other): state["other"]} if other_growth else {}
        return {**{(f"queue.{name}", QUEUE): value for name, value in levels.items()}, **second}

    plan = Plan(users=(15, 30, 60, 120), where="other", limit_rps=1e9, counters=counters, gauges=gauges)
    return Cause("queue-retries", plan)


def leak(*, per_request: float = 5_000.0, pressure: float = 0.5, first_s: float = 0.0) -> Cause:
    """Memory of the application grows with each request, from the start or (`first_s`) only that long."""
    state = {"bytes": 1e8, "s": 0.0}

    def counters(users: int, rate: float, latency: float) -> Values:
        return {("host.memory_pressure_s", NONE): pressure if rate >= 100 else 0.0}

    def gauges(users: int, rate: float, latency: float) -> Values:
        state["s"] += 1
        if not first_s or state["s"] <= first_s:
            state["bytes"] += per_request * rate
        return {
            ("role.rss_bytes", label_text({"role": "app"})): state["bytes"],
            ("host.memory_available_bytes", NONE): 1e9,
        }

    plan = Plan(users=(60, 120, 240, 480, 360), limit_rps=400, where="other", counters=counters, gauges=gauges)
    return Cause("memory", plan)


def killed(*, limit_bytes: float = 1.3e8, per_request: float = 20_000.0, anew: bool = True) -> Cause:
    """Memory grows with each request until the process is killed at a limit and begun anew (`anew`: another process).

    Beyond 200 requests a second so many fail as find nobody there.
    """
    state = {"bytes": 6e7, "pid": 1.0, "cpu": 0.0}

    def counters(users: int, rate: float, latency: float) -> Values:
        return {}

    def gauges(users: int, rate: float, latency: float) -> Values:
        state["bytes"] += per_request * rate
        state["cpu"] += 0.1
        if state["bytes"] > limit_bytes:
            state["bytes"] = 6e7
            state["pid"] += 1.0 if anew else 0.0
        return {
            ("role.rss_bytes", label_text({"role": "app"})): state["bytes"],
            ("process.cpu_s", label_text({"role": "app", "pid": f"{state['pid']:.0f}"})): state["cpu"],
        }

    plan = Plan(
        users=(60, 120, 240, 480, 360), where="other", limit_rps=1e9, refused_above_rps=200, counters=counters,
        gauges=gauges,
    )  # fmt: skip
    return Cause("memory", plan)
