"""Answers that stay the same are fetched again and again, and no header says that they may be kept.

The first bottleneck where making them is what the application's processor is full of; else a waste, which is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.blame import Blame
from analysis.case import Case
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._starved import computes
from rampart.model import Evidence, Finding, Remedy

_STABLE = 0.95  # of an endpoint's answers equal one given before to the same tenant [judged]
_WORTH = 0.1  # of all answers or bytes to a GET could have been saved [probes 14.17]


@dataclass(frozen=True, slots=True)
class _Read:
    """What one endpoint answered at all loads without saying whether it may be kept."""

    endpoint: str
    answers: float
    bytes: float
    repeated: float


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    answers, size = (sum(gains.values()) for gains in (_gains(case, "read"), _gains(case, "read_bytes")))
    stable = _stable(case)
    if not stable or not answers:
        return None
    saved = sum(one.answers * one.repeated for one in stable) / answers
    saved_bytes = sum(one.bytes * one.repeated for one in stable) / size if size else 0.0
    if max(saved, saved_bytes) < _WORTH:
        return None
    names = ", ".join(one.endpoint for one in stable)
    taken, full = remade(case), computes(case)
    evidence = Evidence(
        f"{saved:.0%} of the answers to GET requests and {saved_bytes:.0%} of their bytes were sent before and say "
        f"neither Cache-Control nor ETag: {names}",
        max(saved, saved_bytes),
        f">= {_WORTH:.0%}, from endpoints of whose answers {_STABLE:.0%} repeat",
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
        "http-cache-missing", "cache", case, blame.share(blame.app * taken) if full else 0.0, [evidence, work], remedy,
        resource=stable[0].endpoint, endpoint=stable[0].endpoint, reached=full,
    )  # fmt: skip


def remade(case: Case) -> float:
    """The share of the application's own time that goes into answers which were given before and might be kept."""
    costs = case.requests.costs.get(case.tenants)
    if costs is None:
        return 0.0
    names = list(case.requests.endpoints)
    return sum(one.repeated * costs.share_of_endpoint(names.index(one.endpoint)) for one in _stable(case))


def _gains(case: Case, metric: str, **labels: str) -> dict[str, float]:
    """Gains of a counter of the generator over all stages of the ramp, by endpoint."""
    found: dict[str, float] = {}
    for series in case.readings.of(f"generator.{metric}", **labels):
        endpoint = series.labels.get("endpoint", "")
        found[endpoint] = found.get(endpoint, 0.0) + sum(series.increase(*p.window) or 0.0 for p in case.points)
    return found


def _stable(case: Case) -> Sequence[_Read]:
    """The undeclared endpoints whose answers repeat, the most asked for first."""
    answers, size = (_gains(case, name, caching="undeclared") for name in ("read", "read_bytes"))
    found = [
        _Read(endpoint, count, size.get(endpoint, 0.0), repeated)
        for endpoint, count in answers.items()
        if (repeated := case.requests.repeated(endpoint)) is not None and repeated >= _STABLE
    ]
    return sorted(found, key=lambda one: (-one.answers, one.endpoint))


DETECTOR = Detector("http-cache-missing", "cache", "Answers that do not change are made again each time.", _detect)
