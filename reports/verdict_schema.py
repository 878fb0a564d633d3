"""A verdict made whole: every field of `verdict.json` present and of its type, however little a broken run left."""

from __future__ import annotations

import math
import re
from typing import Any

from rampart.masking import masked
from rampart.model import JSON

# A pattern is a type, a list of one pattern, a dict of patterns by key, or `Maybe(dict)`; other keys are kept.
TEXT, NUMBER, FLAG = str, float, bool


class Maybe:
    """A pattern for an object that may be null."""

    def __init__(self, pattern: JSON) -> None:
        self.pattern = pattern


_EVIDENCE = {"claim": TEXT, "seen": NUMBER, "expected": TEXT, "source": TEXT, "holds": FLAG}
_FINDING: JSON = {
    "id": TEXT,
    "family": TEXT,
    "resource": TEXT,
    "endpoint": TEXT,
    "tenants": NUMBER,
    "users": NUMBER,
    "limit_users": NUMBER,
    "share": NUMBER,
    "share_low": NUMBER,
    "share_high": NUMBER,
    "of_latency": FLAG,
    "rule": {"said": TEXT, "thresholds": {}},
    "thresholds": {},
    "status": TEXT,
    "confidence": NUMBER,
    "evidence": [_EVIDENCE],
    "consequences": [TEXT],
    "remedy": {"text": TEXT, "sql": TEXT},
    "why_not_first": TEXT,
}
_KNEE = Maybe({"value": NUMBER, "low": NUMBER, "high": NUMBER})
_CAPACITY: JSON = {
    "tenants": NUMBER,
    "knee_users": _KNEE,
    "queue_knee_users": _KNEE,
    "slo_p95_ms": NUMBER,
    "slo_error_ratio": NUMBER,
    "reason": TEXT,
    "below_users": NUMBER,
    "tested_users": NUMBER,
    "max_throughput_rps": NUMBER,
    "slo_users": {"met": NUMBER, "missed": NUMBER, "missed_by": [TEXT], "shape": TEXT, "throughput_kept": NUMBER},
    "latency_at_half_knee_ms": NUMBER,
    "best_stage_rps": NUMBER,
    "knee_from": {"probability_inside": NUMBER, "efficiency_last": NUMBER, "slope_rps_per_user": NUMBER},
}
_POINT: JSON = {
    "tenants": NUMBER,
    "stage": NUMBER,
    "users": NUMBER,
    "purpose": TEXT,
    "seconds": NUMBER,
    "requests": NUMBER,
    "throughput_rps": NUMBER,
    "lasting_rps": NUMBER,
    "unstolen_rps": NUMBER,
    "latency_ms": dict.fromkeys(("mean", "p50", "p95", "p99", "p95_low", "p95_high"), NUMBER),
    "response_ms": dict.fromkeys(("p50", "p95", "p99", "p95_low", "p95_high"), NUMBER),
    "error_ratio": NUMBER,
    "why_invalid": TEXT,
    "utilisation": {},
    "spans_ms": {},
    "queues": {},
}
_FORETOLD: JSON = {  # `held` is true, false or null, and so in no pattern
    "tenants": NUMBER,
    "knee_users": _KNEE,
    "first": TEXT,
    "sentence": TEXT,
}
_FORECAST: JSON = {**_FORETOLD, "resource": TEXT, "made": TEXT, "assumed": TEXT}
_PREDICTION: JSON = {
    **_FORETOLD,
    "seen_users": NUMBER,
    "seen_first": TEXT,
    "tested_users": NUMBER,
    "ratio": NUMBER,
    "verdict": TEXT,
}
_SLOPE: JSON = {"of": TEXT, "kind": TEXT, "scans": TEXT, "measured": _KNEE, "believed": _KNEE}
_PART: JSON = {
    "what": TEXT, "resource": TEXT, "ms": NUMBER, "share": NUMBER, "share_low": NUMBER, "share_high": NUMBER,
    "ms_low": NUMBER, "ms_high": NUMBER,
}  # fmt: skip
_VERDICT: JSON = {
    "outcome": TEXT,
    "sentence": TEXT,
    "first": Maybe(_FINDING),
    "tied_with": [TEXT],
    "ranked": [_FINDING],
    "inefficiencies": [{"id": TEXT, "tenants": NUMBER, "resource": TEXT, "endpoint": TEXT, "claim": TEXT}],
    "violations": [{"id": TEXT, "endpoint": TEXT, "sentence": TEXT}],
    "capacity": [_CAPACITY],
    "next": [{"id": TEXT, "users": NUMBER, "resource": TEXT, "sentence": TEXT}],
    "predicted": {},
    "predicted_before": [_PREDICTION],
    "forecasts": [_FORECAST],
    "elasticity": [_SLOPE],
    "validity": {"checks": [{"name": TEXT, "ok": FLAG, "claim": TEXT}]},
    "unexplained_saturation": [{"sentence": TEXT, "tenants": NUMBER}],
    "gaps": [{"code": TEXT, "reason": TEXT, "lost": [TEXT], "remedy": TEXT}],
    "points": [_POINT],
    "levels": [{"tenants": NUMBER, "outcome": TEXT, "first": TEXT, "sentence": TEXT}],
    "ledger": [
        {
            "tenants": NUMBER,
            "low_users": NUMBER,
            "knee_users": NUMBER,
            "added_ms": NUMBER,
            "added_ms_low": NUMBER,
            "added_ms_high": NUMBER,
            "parts": [_PART],
            "blamed": [{"id": TEXT, "share": NUMBER, "share_low": NUMBER, "share_high": NUMBER}],
            "stages": {},
        },
    ],
    "profile": {"tenants": NUMBER, "endpoints": [{"endpoint": TEXT}]},
}
_HELD: JSON = {"value": NUMBER, "low": NUMBER, "high": NUMBER}
_COMPARISON: JSON = {
    "sentence": TEXT,
    "before": TEXT,
    "levels": [
        {
            "tenants": NUMBER,
            "change": TEXT,
            "ratio": NUMBER,
            "before_users": _HELD,
            "after_users": _HELD,
            "sentence": TEXT,
        },
    ],
}
# What a missing flag means: an unchecked claim holds, a point without a mark is valid, a share is of latency.
_ASSUMED = {"holds": True, "ok": True, "of_latency": True}
# Line ends and tabs stay; the rest could steer a terminal or break XML.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")


def whole(verdict: Any) -> JSON:
    """A copy of `verdict` in which each field of the contract is present.

    Missing texts are "", numbers None, lists []. A word where an object is meant becomes that object's id, and an
    object where a word is meant gives its id. Control characters are dropped from all texts. Never raises; idempotent.
    """
    fitted: JSON = _fit(verdict, _VERDICT)
    for point in fitted["points"]:
        point["valid"] = point.get("valid") is not False
    for row in (*fitted["forecasts"], *fitted["predicted_before"]):
        row["held"] = row["held"] if isinstance(row.get("held"), bool) else None
        row["scored"] = row.get("scored") is True
    fitted["validity"].setdefault("ok", all(check["ok"] for check in fitted["validity"]["checks"]))
    return fitted


def whole_comparison(comparison: Any) -> JSON:
    """A copy of what `reports.compare.compare` gave, with each field that is shown present; {} gives no sentence."""
    fitted: JSON = _fit(comparison, _COMPARISON)
    return fitted


def clean(text: Any) -> str:
    """A text without control characters and secrets; an object gives its sentence or id, nothing gives ""."""
    if isinstance(text, dict):
        return clean(next((text[key] for key in ("id", "sentence", "claim", "text", "name") if text.get(key)), ""))
    return "" if text is None else str(masked(_CONTROL.sub("", str(text))))


def number(value: Any) -> float | None:
    """A finite number, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _fit(value: Any, pattern: Any) -> Any:
    if pattern is TEXT:
        return clean(value)
    if pattern is NUMBER:
        return number(value)
    if isinstance(pattern, Maybe):
        return _fit(value, pattern.pattern) if value else None
    if isinstance(pattern, list):
        rows = value if isinstance(value, (list, tuple)) else []
        return [_fit(row, pattern[0]) for row in rows if row is not None and not _misfit(row, pattern[0])]
    return _fit_object(value, pattern)


def _fit_object(value: Any, pattern: JSON) -> JSON:
    if isinstance(value, str) and "id" in pattern:
        value = {"id": value}
    found = value if isinstance(value, dict) else {}
    fitted = {clean(key): printable(inner) for key, inner in found.items() if key not in pattern}
    for key, inner in pattern.items():
        if inner is FLAG:
            fitted[key] = bool(found.get(key, _ASSUMED[key]))
        else:
            fitted[key] = _fit(found.get(key), inner)
    return fitted


def _misfit(row: Any, pattern: Any) -> bool:
    return isinstance(pattern, dict) and not (isinstance(row, dict) or (isinstance(row, str) and "id" in pattern))


def printable(value: Any) -> Any:
    """A copy of any JSON-like value with clean texts and no number that JSON could not say."""
    if isinstance(value, dict):
        return {clean(key): printable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable(inner) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    return number(value) if isinstance(value, (int, float)) else clean(value)
