"""All detectors: the folder is listed once, when the first of them is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from analysis import detectors
from analysis.detectors._detector import Detector, Measures, Needs
from rampart.finding import Finding
from rampart.plugins import discover
from rampart.resources import ResourceName


@cache
def every_detector() -> Mapping[str, Detector]:
    """The detectors by the id of their finding."""
    return discover(detectors, Detector)


@cache
def limits() -> Mapping[ResourceName, tuple[str, float]]:
    """By resource, what names its limit where nothing more specific does, and how full it is at the knee."""
    return {
        resource: (name, full)
        for name, detector in every_detector().items()
        for resource, full in detector.limits.items()
    }


def general(work: str) -> str:
    """The finding that names a kind of work where nothing more specific does; "" where there is none."""
    return next((name for name, detector in every_detector().items() if detector.work == work), "")


def needing(what: Needs) -> tuple[str, ...]:
    """The findings that cannot be named where something was not recorded."""
    return tuple(name for name, detector in every_detector().items() if what in detector.needs)


def of_latency(finding: Finding) -> bool:
    """Whether the share of a finding is one of the added latency."""
    return every_detector()[finding.id].measures is Measures.LATENCY


def of_jobs(name: str) -> bool:
    """Whether a finding shows in jobs done and not in requests answered."""
    detector = every_detector().get(name)
    return detector is not None and detector.measures is Measures.JOBS
