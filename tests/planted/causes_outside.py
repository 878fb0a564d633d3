"""Planted waiting for services that the target does not tell of, seen by its connections alone."""

from __future__ import annotations

from rampart.tables import label_text
from tests.planted.causes import NONE, Cause, Values, texts, work
from tests.planted.recording import Plan

HOST, FEED = "10.1.2.3", "10.1.2.4:5671"
_REQUEST_MS = 480.0


def workers_that_wait(
    *, called_ms: float = 400.0, executed_ms: float = 0.0, slows: bool = False, feed: float = 0.0, process: float = 0.3,
    loop: bool = False, silent: bool = True, port: int = 443, beside: float = 0.0,
) -> Cause:  # fmt: skip
    """Eight workers; of the 480 ms that a request takes alone it waits so many for a service.

    `executed_ms`: so many for the database; `slows`: the service takes all that comes on top under load; `feed`:
    connections that always wait, for something else; `process`: cores that the busiest process uses; `loop`: an event
    loop is read; `silent`: nothing is published of all this; `beside`: cores that a service on the same host uses.
    """

    def counters(users: int, rate: float, latency: float) -> Values:
        statement = dict(work("11", rate, executed_ms)) if executed_ms else {}
        if beside:
            used = {"neighbour": beside, "app": 2 * process}
            statement |= {("role.cpu_s", label_text({"role": role})): cores for role, cores in used.items()}
            statement["host.cpu_busy_s", NONE] = sum(used.values()) + 0.1
        return {**statement, ("process.cpu_s", label_text({"role": "app", "pid": "1"})): process}

    def gauges(users: int, rate: float, latency: float) -> Values:
        called = called_ms + (latency - _REQUEST_MS if slows else 0.0)
        waiting = {f"{HOST}:{port}": rate * called / 1000, FEED: feed, "others": 0.0}
        lag = {("loop.lag_ms", label_text({"process": "1"})): 2.0} if loop else {}
        services = {("outside.waiting", label_text({"service": name})): n for name, n in waiting.items()}
        return {**services, **lag, ("host.memory_available_bytes", NONE): 1e9}

    plan = Plan(
        users=(4, 8, 16, 32, 64, 24, 48), limit_rps=8 / (_REQUEST_MS / 1000), unloaded_ms=_REQUEST_MS, seconds=30.0,
        where="downstream", work_ms=called_ms, silent=silent, queued=True, counters=counters, gauges=gauges,
    )  # fmt: skip
    return Cause("downstream", plan, texts(s11="SELECT count(*) FROM events WHERE kind <> $1"))
