"""Slow work that nobody waits for (mail, a report, an export) is done inside the request."""

from __future__ import annotations

from analysis.attribution.application_cpu import waiting_ms
from analysis.attribution.attribute import Attribution
from analysis.attribution.rare_computation import COMPUTING_MS, MOST, RARE, Computed, computed
from analysis.detectors._detector import Claims, Detector, span, supported
from analysis.detectors._sign import APP_CPU, DATABASE_TIME, OUTSIDE_AWAITED, Sign
from analysis.level import external_waits
from analysis.level.level_data import LevelData
from analysis.network.server import APP, Relief
from analysis.thresholds import Threshold
from rampart import resources
from rampart.finding import Evidence, Finding, Remedy
from rampart.tables import SPANS

LONG_MS = Threshold("LONG_MS", 50.0, "ms that sending takes a request at low load", "judged: the lab's mail takes 150")

_MAIL = SPANS.index("mail")


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    rare, mailed = computed(level), attribution.spans.get("mail", 0.0)
    waiting = waiting_ms(attribution) * rare.taken if rare else 0.0
    if rare is not None and waiting > mailed:
        return _report(level, attribution.share(waiting), rare)
    if mailed > 0:
        return _mail(level, attribution.share(mailed))
    relayed = attribution.spans.get("outside", 0.0) if external_waits.sends_mail(level) else 0.0
    return _relayed(level, attribution.share(relayed)) if relayed > 0 else None


def _report(level: LevelData, share: float, rare: Computed) -> Finding:
    evidence = [
        Evidence(
            f"a mean {rare.endpoint} computes for {rare.low_ms:,.0f} ms within the application at low load",
            rare.low_ms,
            f">= {COMPUTING_MS:g} ms",
            "requests total_ms less what is spent elsewhere, low stages",
        ),
        Evidence(
            f"it is {rare.asked:.1%} of the requests and {rare.taken:.0%} of the time that the target spends on all",
            rare.taken,
            f">= {MOST:.0%}, in at most {RARE:.0%} of the requests",
            "requests spans: the least own time by tenant and endpoint, times their number",
        ),
    ]
    remedy = Remedy(
        f"Let {rare.endpoint} put a job on a queue and answer at once; a worker computes it apart from the web servers "
        "and says when it is ready. What many ask for is made ahead of time."
    )
    return supported(
        "sync-work", "queue", level, share, evidence, remedy, resource="computation", endpoint=rare.endpoint
    )  # fmt: skip


def _mail(level: LevelData, share: float) -> Finding:
    endpoint, low, high = _worst(level)
    evidence = [
        Evidence(
            f"{endpoint} spends {span(low, high, 'ms')} sending inside the request",
            low,
            f">= {LONG_MS:g} ms already at low load",
            "requests mail_ms",
            holds=low >= LONG_MS,
        ),
        Evidence(
            f"{share:.0%} of the latency added up to the knee is this work",
            share,
            "the share of the added latency that moves out of the request",
            "requests mail_ms, low stages against the knee",
        ),
    ]
    return supported(
        "sync-work", "queue", level, share, evidence, _queued(endpoint), resource="mail", endpoint=endpoint
    )


def _relayed(level: LevelData, share: float) -> Finding:
    """Mail of a target that tells nothing of it, by its connections to the relay."""
    endpoint, (low, high) = external_waits.endpoint(level) or "a request", external_waits.wait_ms(level)
    evidence = [
        Evidence(
            f"a mean request waits {span(low, high, 'ms')} for the mail relay at {external_waits.service(level)}",
            high,
            "connections that await an answer, over requests a second",
            "readings-outside outside.waiting",
        ),
        Evidence(
            f"{share:.0%} of the latency added up to the knee is this waiting, or that for workers which it holds",
            share,
            "the share of the added latency that moves out of the request",
            "readings-outside outside.waiting, low stages against the knee",
        ),
    ]
    return supported(
        "sync-work", "queue", level, share, evidence, _queued(endpoint), resource="mail", endpoint=endpoint
    )


def _queued(endpoint: str) -> Remedy:
    return Remedy(
        f"Let {endpoint} put a job on a queue and answer at once; a worker sends the mail, keeps its connection to the "
        "relay open, and is safe to run twice."
    )


def _worst(level: LevelData) -> tuple[str, float, float]:
    """The endpoint that sends most, with its milliseconds per sending request, low and at the knee."""
    best = max(
        range(len(level.requests.endpoints)),
        key=lambda e: sum(level.requests.span_ms[p.index, e, _MAIL] for p in level.high),
    )
    means = []
    for points in (level.low, level.high):
        total = sum(level.requests.span_ms[p.index, best, _MAIL] for p in points)
        count = sum(level.requests.span_count[p.index, best, _MAIL] for p in points)
        means.append(float(total / count) if count else 0.0)
    return level.requests.endpoints[best], means[0], means[1]


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """Mail leaves the request; a computation leaves the web process, for a worker that may share its host."""
    rare = computed(level)
    if rare is not None:
        return Relief({APP: rare.taken}, at=frozenset({resources.APP_PROCESS, resources.POOL}))
    return Relief({"mail": 1.0}, frozenset({resources.UNSEEN}))


DETECTOR = Detector(
    "sync-work", "queue", "Slow work is done inside the request.", _detect,
    thresholds=(LONG_MS, COMPUTING_MS, RARE, MOST),
    relief=_relief,
    headline="work done inside the request of {endpoint} ({resource})",
    parts=("mail",),
    seen_by=("Server-Timing",),
    signs=(
        Sign("span", None, "{resource} within the request", span="{resource}"),
        OUTSIDE_AWAITED, DATABASE_TIME, APP_CPU,
    ),
)  # fmt: skip
