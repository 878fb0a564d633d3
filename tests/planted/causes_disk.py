"""A planted disk that is busy with what others than the database ask of it."""

from __future__ import annotations

from dataclasses import replace

from rampart.tables import label_text
from tests.planted.causes import NONE, Cause, Values, active, texts, work
from tests.planted.causes_planner_disk import slow_disk
from tests.planted.recording import Plan

VDA, VDB = (label_text({"disk": name}) for name in ("vda", "vdb"))
_WRITE_MS = 9.0  # of a disk that does one thing after the other


def busy_disk(
    *, writes: float = 1.0, pressure: float = 0.8, always: bool = False, waited: bool = True, who: str = "app"
) -> Cause:
    """Each request writes through to a disk that can do some hundred a second.

    `pressure`: at most, of the time in which tasks wait; `always`: a backup keeps it as busy at any load; `waited`:
    requests wait for it, else for something that nobody sees.
    """
    limit = 1000 / (_WRITE_MS * writes)

    def counters(users: int, rate: float, latency: float) -> Values:
        used = 0.99 if always else min(rate / limit, 0.99)
        in_flight = rate * max(latency - 20 + _WRITE_MS, 0) / 1000 if waited and not always else 1.2 * used
        disk = {
            ("disk.busy_s", VDA): used, ("disk.operations", VDA): limit * used,
            ("disk.operation_ms", VDA): 1000 * in_flight,
            ("disk.busy_s", VDB): 0.02, ("disk.operations", VDB): 2.0, ("disk.operation_ms", VDB): 8.0,
            ("host.io_pressure_s", NONE): pressure * used,
            ("role.disk_bytes", label_text({"role": who})): 4096 * rate,
            ("role.disk_bytes", label_text({"role": "db"})): 500.0,
        }  # fmt: skip
        return {**work("12", rate, 1.0), **disk, ("process.cpu_s", label_text({"role": "app", "pid": "1"})): 0.3}

    def gauges(users: int, rate: float, latency: float) -> Values:
        return {active("12"): 0.001 * rate, ("db.connections.used", NONE): 9.0}

    plan = Plan(limit_rps=min(limit, 110.0), where="other", silent=True, queued=True, counters=counters, gauges=gauges)
    return Cause("disk", plan, texts(s12="SELECT * FROM orders WHERE id = $1"))


def filled_by_database() -> Cause:
    """The database's own reads fill it."""
    cause = slow_disk()
    inner = cause.plan.counters
    assert inner is not None

    def counters(users: int, rate: float, latency: float) -> Values:
        waiting = rate * max(latency - 16, 4)
        disk = {("disk.busy_s", VDA): 0.99, ("disk.operations", VDA): 100 * rate, ("disk.operation_ms", VDA): waiting}
        return {**inner(users, rate, latency), **disk}

    return replace(cause, plan=replace(cause.plan, counters=counters))
