"""An operating point as verdict.json shows it."""

from __future__ import annotations

import numpy as np

from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from rampart.model import JSON
from rampart.tables import SPANS


def as_json(point: Point, requests: Requests) -> JSON:
    """A point as verdict.json shows it."""
    p50, p95_, p99 = (requests.quantile(point.index, q) if point.requests else None for q in (0.5, 0.95, 0.99))
    p95 = requests.quantile_interval(point.index, 0.95) if point.requests else None
    spans = requests.span_ms[point.index].sum(0) / point.requests if point.requests else np.zeros(len(SPANS))
    return {
        "tenants": point.stage.tenants,
        "stage": point.stage.index,
        "users": point.users,
        "purpose": point.stage.purpose,
        "seconds": point.seconds,
        "requests": point.requests,
        "throughput_rps": point.throughput_rps,
        "lasting_rps": point.lasting_rps,
        "unstolen_rps": point.lasting_rps * point.at_most if point.at_most > 1.0 else None,
        "latency_ms": {
            "mean": point.mean_ms, "p50": p50, "p95": p95_, "p99": p99,
            "p95_low": p95[0] if p95 else None, "p95_high": p95[1] if p95 else None,
        },
        "response_ms": _response(point, requests),
        "error_ratio": point.error_ratio,
        "valid": point.why_invalid is None,
        "why_invalid": point.why_invalid,
        "utilisation": point.utilisation,
        "spans_ms": {span: float(value) for span, value in zip(SPANS, spans, strict=True) if value > 0},
        "queues": point.queues,
    }  # fmt: skip


def _response(point: Point, requests: Requests) -> JSON:
    """Quantiles from when requests were due, beside those from when they were sent: what was held back has waited."""
    told = {f"p{q}": requests.response_quantile(point.index, q / 100) if point.requests else None for q in (50, 95, 99)}
    low, high = (requests.response_interval(point.index, 0.95) if point.requests else None) or (None, None)
    return {**told, "p95_low": low, "p95_high": high}
