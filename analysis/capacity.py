"""What a tenant level holds, each number under its own name: the knee, the maximum throughput, the SLO's bracket."""

from __future__ import annotations

from analysis.case import Case
from analysis.knee import KneeEstimate
from analysis.points import enough
from rampart.model import JSON


def capacity(case: Case, error_ratio: float) -> JSON:
    """One row of `capacity` in verdict.json."""
    usable = [p for p in case.points if p.why_invalid is None and enough(p)]
    queue = min(
        (k for k in case.queue_knees.values() if k.value is not None), key=lambda k: k.value or 0.0, default=None
    )
    rates = [p.throughput_rps for p in usable]
    half = [p for p in usable if case.knee.value is not None and p.users <= case.knee.value / 2]
    return {
        "tenants": case.tenants,
        "knee_users": interval(case.knee),
        "reason": case.knee.reason,
        "queue_knee_users": interval(queue) if queue else None,
        "max_throughput_rps": case.knee.max_throughput_rps or max(rates, default=None),
        "slo_users": slo_bracket(case, error_ratio),
        "slo_p95_ms": case.slo_p95_ms,
        "tested_users": max((p.users for p in case.points), default=None),
        "latency_at_half_knee_ms": half[-1].mean_ms if half else None,
    }


def interval(knee: KneeEstimate) -> JSON | None:
    """A knee with its interval, or None."""
    return None if knee.value is None else {"value": knee.value, "low": knee.low, "high": knee.high}


def slo_bracket(case: Case, error_ratio: float) -> JSON:
    """The last load that met the SLO below the first that did not: p95 (upper end), errors, no violation."""
    met, missed = None, None
    for users in sorted({p.users for p in case.points if p.why_invalid is None and enough(p)}):
        stages = [p for p in case.points if p.users == users and p.why_invalid is None and enough(p)]
        good = all(
            (case.requests.quantile_interval(p.index, 0.95) or (0.0, 0.0))[1] <= case.slo_p95_ms
            and p.error_ratio <= error_ratio
            and not case.requests.wrong_tenant[p.index].any()
            for p in stages
        )
        if not good:
            missed = users
            break
        met = users
    return {"met": met, "missed": missed}
