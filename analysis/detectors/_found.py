"""All detectors: the folder is listed once, when the first of them is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from analysis import detectors
from analysis.detectors._detector import Detector, Measures
from rampart.finding import Finding
from rampart.plugins import discover


@cache
def every_detector() -> Mapping[str, Detector]:
    """The detectors by the id of their finding."""
    return discover(detectors, Detector)


def of_latency(finding: Finding) -> bool:
    """Whether the share of a finding is one of the added latency."""
    return every_detector()[finding.id].measures is Measures.LATENCY


def of_jobs(name: str) -> bool:
    """Whether a finding shows in jobs done and not in requests answered."""
    detector = every_detector().get(name)
    return detector is not None and detector.measures is Measures.JOBS
