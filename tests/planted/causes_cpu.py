"""Planted applications that fill the processor that they may use."""

from __future__ import annotations

from rampart.tables import label_text
from tests.planted.causes import NONE, Cause, Values, texts, work
from tests.planted.recording import Plan

_APP = label_text({"role": "app"})


def capped_application(
    *, cores: float = 0.28, processes: int = 1, told: float | None = None, full: float = 1.0
) -> Cause:
    """A control group leaves the application so many of the host's two cores, and requests fill them.

    `processes` share them; `told`: the cores that are read as its own, if others; `full`: of these, how much is used
    where throughput ends.
    """
    limit = 80.0

    def counters(users: int, rate: float, latency: float) -> Values:
        used = full * cores * rate / limit
        each = {
            ("process.cpu_s", label_text({"role": "app", "pid": str(pid)})): used / processes
            for pid in range(processes)
        }
        return {
            **work("12", rate, 0.5),
            **each,
            ("role.cpu_s", _APP): used,
            ("role.cpu_s", label_text({"role": "db"})): 0.05,
        }

    def gauges(users: int, rate: float, latency: float) -> Values:
        return {("role.cores", _APP): cores if told is None else told, ("db.connections.used", NONE): 5.0}

    plan = Plan(limit_rps=limit, where="other", silent=True, queued=True, counters=counters, gauges=gauges)
    return Cause("app-cpu", plan, texts(s12="SELECT * FROM orders WHERE id = $1"))
