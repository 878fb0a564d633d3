"""An outside service that the request waits for is slow, or slows down under our load."""

from __future__ import annotations

from analysis import thresholds as limits
from analysis.blame import Blame
from analysis.case import Case
from analysis.detectors._detector import Claims, Detector, supported
from rampart.model import Evidence, Finding, Remedy


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    added = blame.spans.get("downstream", 0.0)
    share = blame.share(added)
    if share < limits.SUPPORTED_SHARE / 2:
        return None
    evidence = [
        Evidence(
            f"waiting for outside services explains {share:.0%} of the latency added up to the knee",
            share,
            f">= {limits.SUPPORTED_SHARE:.0%}",
            "requests downstream_ms, low stages against the knee",
            holds=share >= limits.SUPPORTED_SHARE,
        )
    ]
    remedy = Remedy(
        "Give the call a short timeout and a circuit breaker, cache its answers, or take it out of the request."
    )
    return supported("downstream", "app", case, share, evidence, remedy, resource="outside service")


DETECTOR = Detector("downstream", "app", "An outside service is waited for.", _detect)
