"""An operating point as the verdict shows it."""

from __future__ import annotations

import math

import numpy as np

from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from rampart.latency import Latency, ResponseTime
from rampart.tables import SPANS
from rampart.verdict import OperatingPoint, QueueState


def shown(point: Point, requests: Requests) -> OperatingPoint:
    """A point as the verdict shows it."""
    return OperatingPoint(
        tenants=point.stage.tenants,
        stage=point.stage.index,
        users=point.users,
        purpose=point.stage.purpose,
        seconds=point.seconds,
        requests=point.requests,
        throughput_rps=point.throughput_rps,
        lasting_rps=point.lasting_rps,
        unstolen_rps=point.lasting_rps * point.at_most if point.at_most > 1.0 else None,
        latency_ms=_latency(point, requests),
        response_ms=_response(point, requests),
        error_ratio=point.error_ratio,
        valid=point.why_invalid is None,
        why_invalid=point.why_invalid,
        utilisation=point.utilisation,
        spans_ms=_spans(point, requests),
        queues={name: _queue(**queue) for name, queue in point.queues.items()},
    )


def _latency(point: Point, requests: Requests) -> Latency:
    p50, p95, p99 = (requests.quantile(point.index, q) if point.requests else None for q in (0.5, 0.95, 0.99))
    low, high = (requests.quantile_interval(point.index, 0.95) if point.requests else None) or (None, None)
    return Latency(point.mean_ms, p50, p95, p99, low, high)


def _response(point: Point, requests: Requests) -> ResponseTime:
    """Quantiles from when requests were due, beside those from when they were sent: what was held back has waited."""
    p50, p95, p99 = (requests.response_quantile(point.index, q) if point.requests else None for q in (0.5, 0.95, 0.99))
    low, high = (requests.response_interval(point.index, 0.95) if point.requests else None) or (None, None)
    return ResponseTime(p50, p95, p99, low, high)


def _spans(point: Point, requests: Requests) -> dict[str, float]:
    """The parts of `Server-Timing` in ms per request, those that were sent."""
    spans = requests.span_ms[point.index].sum(0) / point.requests if point.requests else np.zeros(len(SPANS))
    return {span: float(value) for span, value in zip(SPANS, spans, strict=True) if value > 0}


def _queue(ready: float, slope_per_s: float, completed_per_s: float, oldest_age_s: float) -> QueueState:
    return QueueState(ready, slope_per_s, completed_per_s if math.isfinite(completed_per_s) else None, oldest_age_s)
