"""Verdicts and their parts with as little in them as a test needs: what it does not name is empty or usual."""

from __future__ import annotations

from typing import Any

from rampart.finding import Finding, Interval, Remedy
from rampart.latency import Latency, ResponseTime
from rampart.verdict import (
    SCHEMA,
    KneeFit,
    LevelCapacity,
    LevelVerdict,
    ObjectiveBracket,
    OperatingPoint,
    RunEnd,
    Validity,
    Verdict,
    VerdictOutcome,
    Violation,
)

_NOTHING: dict[str, Any] = dict.fromkeys(
    (
        "tied_with", "ranked", "inefficiencies", "violations", "capacity", "levels", "next", "predicted_before",
        "forecasts", "elasticity", "gaps", "points", "ledger",
    ), (),
)  # fmt: skip


def verdict(outcome: VerdictOutcome = "bottleneck", **fields: Any) -> Verdict:
    """A verdict that says its outcome and, but for `fields`, nothing else."""
    usual = {
        "schema": SCHEMA, "outcome": outcome, "sentence": "", "first": None, "predicted": {}, "profile": None,
        "validity": Validity(ok=True, checks=()), "run": RunEnd("complete", None),
    }  # fmt: skip
    return Verdict(**{**_NOTHING, **usual, **fields})


def interval(value: float) -> Interval:
    """A value that is known to a tenth."""
    return Interval(value, 0.9 * value, 1.1 * value)


def capacity(tenants: int = 100, knee: Interval | float | None = None, **fields: Any) -> LevelCapacity:
    """A level that was tried up to 400 users."""
    usual = {
        "tenants": tenants, "knee_users": interval(knee) if isinstance(knee, int | float) else knee, "reason": None,
        "below_users": None, "knee_from": KneeFit((), None, None, None, None), "queue_knee_users": None,
        "max_throughput_rps": None, "best_stage_rps": None, "slo_users": ObjectiveBracket(None, None),
        "tested_users": 400, "latency_at_half_knee_ms": None,
        "at_half_knee": None,
    }  # fmt: skip
    return LevelCapacity(**{**usual, **fields})


def level(tenants: int, outcome: VerdictOutcome, first: str | None = None, sentence: str = "") -> LevelVerdict:
    """A level in short."""
    return LevelVerdict(tenants, outcome, first, None, sentence, {})


def finding(name: str, **fields: Any) -> Finding:
    """A supported finding at 100 tenants whose limit lies at 90 users."""
    usual = {
        "id": name, "family": "database", "resource": "it", "endpoint": None, "share": 0.9, "limit_users": 90.0,
        "status": "supported", "confidence": 0.9, "evidence": (), "remedy": Remedy("mend it"), "tenants": 100,
    }  # fmt: skip
    return Finding(**{**usual, **fields})


def violation(name: str, endpoint: str = "", sentence: str = "") -> Violation:
    """One answer that was wrong."""
    return Violation(name, 100, endpoint, 1, sentence)


def point(users: int = 15, **fields: Any) -> OperatingPoint:
    """A stage of ten seconds with one request per second and user."""
    usual = {
        "tenants": 100, "stage": 0, "users": users, "purpose": "coarse", "seconds": 10.0, "requests": 10 * users,
        "throughput_rps": users, "lasting_rps": users, "unstolen_rps": None,
        "latency_ms": Latency(20.0, 18.0, 40.0, 60.0, 38.0, 43.0),
        "response_ms": ResponseTime(18.0, 40.0, 60.0, 38.0, 43.0), "error_ratio": 0.0, "valid": True,
        "why_invalid": None, "utilisation": {}, "spans_ms": {}, "queues": {},
    }  # fmt: skip
    return OperatingPoint(**{**usual, **fields})
