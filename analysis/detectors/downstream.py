"""An outside service that the request waits for is slow, or slows down under our load."""

from __future__ import annotations

from collections.abc import Iterator

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, span, supported
from analysis.detectors._sign import OUTSIDE_AWAITED, Sign
from analysis.level.external_waits import described, endpoint, sends_mail, service, wait_ms
from analysis.level.level_data import LevelData
from analysis.network.server import Relief
from rampart import resources
from rampart.finding import Evidence, Finding, Remedy


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    seen = 0.0 if sends_mail(level) else attribution.spans.get("outside", 0.0)  # else it is work for a queue
    share = attribution.share(attribution.spans.get("downstream", 0.0) + seen)
    if share < thresholds.NOTED_SHARE:
        return None
    evidence = [_explained(share)]
    if seen > 0:
        evidence += [_waited(level), *_neighbours(level, attribution)]
    if attribution.places:
        evidence.append(_workers_wait(attribution))
    remedy = Remedy(
        "Give the call a short timeout and a circuit breaker, cache its answers, or take it out of the request."
        + (" Until then run more workers: about throughput × what a request takes." if attribution.places else "")
    )
    called, where = (described(level), endpoint(level)) if seen > 0 else ("outside service", None)
    return supported("downstream", "app", level, share, evidence, remedy, resource=called, endpoint=where)


def _explained(share: float) -> Evidence:
    return Evidence(
        f"waiting for outside services explains {share:.0%} of the latency added up to the knee",
        share,
        f">= {thresholds.NOTED_SHARE:.0%}",
        "requests downstream_ms, or readings-outside outside.waiting; low stages against the knee",
    )


def _waited(level: LevelData) -> Evidence:
    low, high = wait_ms(level)
    return Evidence(
        f"a mean request waits {span(low, high, 'ms')} for services that the target does not tell of, "
        f"most of it for {service(level) or 'none that was seen'}",
        high,
        "connections that await an answer, over requests a second",
        "readings-outside outside.waiting",
    )


def _neighbours(level: LevelData, attribution: Attribution) -> Iterator[Evidence]:
    """Where the host is full, what of it processes beside the application take."""
    beside = level.utilisation(resources.NEIGHBOUR_CPU) or 0.0
    host = attribution.saturated.get(resources.HOST_CPU)
    if host is not None and beside > 0:
        yield Evidence(
            f"the host is {host:.0%} busy at the knee, {beside:.0%} of it with "
            "processes beside the application, which it calls or which use its servers",
            beside,
            "the share of a full processor that is theirs",
            "readings-processes role.cpu_s",
        )


def _workers_wait(attribution: Attribution) -> Evidence:
    held = sum(attribution.places.values())
    return Evidence(
        f"requests wait for a worker (a thread, a process) while no processor is full: for {held:.0%} of the "
        "time that one is held it waits for others",
        held,
        "the share of the waiting for a worker that is theirs",
        "requests spans or readings-outside; readings-processes, readings-host",
    )


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """Nobody waits for the service within a request, nor does it work beside the application."""
    return Relief({"downstream": 1.0, "outside": 1.0}, frozenset({resources.UNSEEN}))


DETECTOR = Detector(
    "downstream", "app", "An outside service is waited for.", _detect,
    thresholds=(thresholds.NOTED_SHARE,),
    relief=_relief,
    headline="the {resource} that requests wait for",
    parts=("downstream", "outside"),
    seen_by=("Server-Timing",),
    signs=(Sign("span", None, "outside services within the request", span="downstream"), OUTSIDE_AWAITED),
    awaited="services",
)  # fmt: skip
