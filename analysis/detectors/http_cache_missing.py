"""Answers that stay the same are fetched again and again, and no header says that they may be kept.

The first bottleneck where making them is what the application's processor is full of; else a waste, which is told.
"""

from __future__ import annotations

from analysis.attribution.application_cpu import computes
from analysis.attribution.attribute import Attribution
from analysis.attribution.repeated_answers import STABLE, gains, remade, stable
from analysis.detectors._detector import Claims, Detector, Needs, supported
from analysis.detectors._sign import Sign
from analysis.level.level_data import LevelData
from analysis.network.server import APP, Relief
from analysis.thresholds import Threshold
from rampart import metrics
from rampart.finding import Evidence, Finding, Remedy

WORTH = Threshold(
    "WORTH", 0.1, "of all answers or bytes to GET requests, which could have been saved",
    "judged: less is not worth a change",
)  # fmt: skip


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    answers, size = (
        sum(gains(level, metric).values()) for metric in (metrics.GENERATOR_READ, metrics.GENERATOR_READ_BYTES)
    )
    repeating = stable(level)
    if not repeating or not answers:
        return None
    saved = sum(one.answers * one.repeated for one in repeating) / answers
    saved_bytes = sum(one.bytes * one.repeated for one in repeating) / size if size else 0.0
    if max(saved, saved_bytes) < WORTH:
        return None
    names = ", ".join(one.endpoint for one in repeating)
    taken, full = remade(level), computes(level, attribution)
    evidence = Evidence(
        f"{saved:.0%} of the answers to GET requests and {saved_bytes:.0%} of their bytes were sent before and say "
        f"neither Cache-Control nor ETag: {names}",
        max(saved, saved_bytes),
        f">= {WORTH:.0%}, from endpoints of whose answers {STABLE:.0%} repeat",
        "readings-generator generator.read, generator.read_bytes; requests digest by tenant",
    )
    remedy = Remedy(
        "Files: a name with a hash of the content and Cache-Control: public, max-age=31536000, immutable. Answers of a "
        "tenant that may be a minute old: Cache-Control: private, max-age=60, or an ETag that is cheap to compare."
    )
    work = Evidence(
        f"making them again is {taken:.0%} of the time that the application itself spends on all requests",
        taken,
        "the share of its waiting that would go",
        "requests spans: the least own time by tenant and endpoint, times their number",
    )
    return supported(
        "http-cache-missing", "cache", level, attribution.share(attribution.app * taken) if full else 0.0,
        [evidence, work], remedy,
        resource=repeating[0].endpoint, endpoint=repeating[0].endpoint, reached=full,
    )  # fmt: skip


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """Answers that were given before are kept where they were sent to."""
    return Relief({APP: remade(level)})


DETECTOR = Detector(
    "http-cache-missing", "cache", "Answers that do not change are made again each time.", _detect,
    thresholds=(WORTH, STABLE),
    relief=_relief,
    headline="answers without caching headers ({resource})",
    signs=(
        Sign(
            "per request", metrics.GENERATOR_READ, "answers of {resource} without caching headers",
            labels={"caching": "undeclared", "endpoint": "{resource}"}, ends=True,
        ),
    ),
    needs=(Needs.DIGESTS,),
)  # fmt: skip
