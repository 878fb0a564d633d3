"""Something in front of the system refuses requests on purpose: what was measured is a limit that somebody set."""

from __future__ import annotations

from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, Measures, supported
from analysis.detectors._relief import lifts
from analysis.detectors._sign import FAILED
from analysis.level.level_data import LevelData
from analysis.level.lost_throughput import errors_of_lost
from analysis.stages.operating_point import Point
from analysis.thresholds import Threshold
from rampart import resources
from rampart.finding import Evidence, Finding, Remedy

RATE_LIMITED = Threshold("RATE_LIMITED", 0.01, "of the requests, answered with 429", "judged: fewer are chance")


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    limited = [p for p in level.points if _share(level, p) >= RATE_LIMITED]
    if not limited or not level.high:
        return None
    refused = sum(_refused(level, p) for p in level.high)
    ratio = refused / max(sum(p.requests for p in level.high), 1)
    share = errors_of_lost(level, refused)
    passed = [p.throughput_rps for p in limited]
    evidence = [
        Evidence(
            f"{ratio:.1%} of the requests at the knee are answered with 429, from {limited[0].users} users on",
            ratio,
            f">= {RATE_LIMITED:.0%}",
            "requests status",
            holds=ratio >= RATE_LIMITED,
        ),
        Evidence(
            f"{share:.0%} of the throughput that is missing at the knee was refused in this way; what passes is "
            f"{min(passed):.4g} to {max(passed):.4g} requests/s",
            share,
            "the share of what is missing that comes back without the limit",
            "requests status and outcome",
        ),
    ]
    remedy = Remedy(
        "Exempt the load test by something that cannot leak into production, and ramp again: all its users "
        "may share one address. In production limit per tenant, with Retry-After, from the measured knee."
    )
    return supported(
        "rate-limited",
        "app",
        level,
        share,
        evidence,
        remedy,
        resource="rate limit",
        limit_users=float(limited[0].users),
    )


def _refused(level: LevelData, point: Point) -> int:
    return int(level.requests.rate_limited[point.index].sum())


def _share(level: LevelData, point: Point) -> float:
    return _refused(level, point) / point.requests if point.requests else 0.0


DETECTOR = Detector(
    "rate-limited", "app", "Requests are refused by a limit that somebody set.", _detect,
    thresholds=(RATE_LIMITED,),
    relief=lifts(resources.UNSEEN),
    headline="a rate limit in front of the system",
    measures=Measures.ERRORS,
    effect="from about {limit} users on it refuses requests, so this is not what the system can do",
    signs=(FAILED,),
)  # fmt: skip
