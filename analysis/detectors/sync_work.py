"""Slow work that nobody waits for (mail, a report, an export) is done inside the request."""

from __future__ import annotations

from analysis.blame import Blame
from analysis.case import Case
from analysis.detectors._detector import Claims, Detector, span, supported
from rampart.model import Evidence, Finding, Remedy
from rampart.runs import SPANS

_MAIL = SPANS.index("mail")
_LONG_MS = 50.0  # work that takes this long when nothing else is going on does not belong into a request [measured]


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    added = blame.spans.get("mail", 0.0)
    if added <= 0:
        return None
    endpoint, low, high = _worst(case)
    evidence = [
        Evidence(
            f"{endpoint} spends {span(low, high, 'ms')} sending inside the request",
            low,
            f">= {_LONG_MS:g} ms already at low load",
            "requests mail_ms",
            holds=low >= _LONG_MS,
        ),
        Evidence(
            f"{blame.share(added):.0%} of the latency added up to the knee is this work",
            blame.share(added),
            "the share of the added latency that moves out of the request",
            "requests mail_ms, low stages against the knee",
        ),
    ]
    remedy = Remedy(
        f"Let {endpoint} put a job on a queue and answer at once; a worker sends the mail, keeps its connection to the "
        "relay open, and is safe to run twice."
    )
    return supported(
        "sync-work", "queue", case, blame.share(added), evidence, remedy, resource="mail", endpoint=endpoint
    )


def _worst(case: Case) -> tuple[str, float, float]:
    """The endpoint that sends most, with its milliseconds per sending request, low and at the knee."""
    best = max(
        range(len(case.requests.endpoints)),
        key=lambda e: sum(case.requests.span_ms[p.index, e, _MAIL] for p in case.high),
    )
    means = []
    for points in (case.low, case.high):
        total = sum(case.requests.span_ms[p.index, best, _MAIL] for p in points)
        count = sum(case.requests.span_count[p.index, best, _MAIL] for p in points)
        means.append(float(total / count) if count else 0.0)
    return case.requests.endpoints[best], means[0], means[1]


DETECTOR = Detector("sync-work", "queue", "Slow work is done inside the request.", _detect)
