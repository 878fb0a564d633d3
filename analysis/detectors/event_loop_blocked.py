"""Something blocks the event loop: every request waits, and yet no processor is busy."""

from __future__ import annotations

from collections.abc import Iterator

from analysis import thresholds
from analysis.attribution.application_cpu import computes, waiting_ms
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, span, supported
from analysis.detectors._relief import lifts
from analysis.detectors._sign import Sign
from analysis.level.level_data import LevelData
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

LOOP_LAG_AT_REST_MS = Threshold(
    "LOOP_LAG_AT_REST_MS", 30.0, "ms, the same at low load",
    "measured on the lab: 39 to 85 ms with one blocking call, which only comes more often under load, 2 to 15 "
    "without",
)  # fmt: skip
IDLE_PROCESS = Threshold(
    "IDLE_PROCESS", 0.6, "of a core", "judged: a process that keeps others waiting and uses less waits itself"
)
CROWDED = Threshold(
    "CROWDED", 0.35, "of the time in which some task waits for a processor",
    "measured on the lab: 0.10 to 0.18 where a call blocked the loop, 0.41 to 0.82 where the host was full",
)  # fmt: skip


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    lag = [level.mean(metrics.LOOP_LAG_MS, points) for points in (level.low, level.high)]
    process = level.utilisation(resources.APP_PROCESS)
    if lag[0] is None or lag[1] is None or process is None:
        return None
    if computes(level, attribution):
        return None  # a full processor delays the loop too; that is another finding
    at_rest = min(lag[0], lag[1]) >= LOOP_LAG_AT_REST_MS and process < IDLE_PROCESS
    if lag[1] < thresholds.LOOP_LAG_MS and not at_rest:
        return None
    remedy = Remedy(
        "Find the blocking call (a synchronous client, a file, a hash) and await it or move it to a thread."
    )
    return supported(
        "event-loop-blocked", "app", level, attribution.share(waiting_ms(attribution)),
        [*_evidence(lag[0], lag[1], process), *_not_crowded(level)], remedy, resource="application event loop",
    )  # fmt: skip


def _evidence(low: float, high: float, process: float) -> list[Evidence]:
    return [
        Evidence(
            f"the event loop is delayed {span(low, high, 'ms')} at worst in a second",
            high,
            f">= {thresholds.LOOP_LAG_MS:g} ms, or >= {LOOP_LAG_AT_REST_MS:g} ms at low load already",
            "readings-app loop.lag_ms",
        ),
        Evidence(
            f"the busiest application process uses only {process:.0%} of a core",
            process,
            f"< {IDLE_PROCESS:.0%}: it waits rather than computes",
            "readings-processes process.cpu_s",
            holds=process < IDLE_PROCESS,
        ),
    ]


def _not_crowded(level: LevelData) -> Iterator[Evidence]:
    """That it is not for a processor that the loop waits, where the kernel tells."""
    if (crowded := level.stalled(metrics.HOST_CPU_PRESSURE_S)) is not None:
        yield Evidence(
            f"for {crowded:.0%} of the time something waits for a processor",
            crowded,
            f"< {CROWDED:.0%}: it is not for a processor that the loop waits",
            "readings-host host.cpu_pressure_s",
            holds=crowded < CROWDED,
        )


DETECTOR = Detector(
    "event-loop-blocked", "app", "A blocking call stalls the event loop.", _detect,
    thresholds=(LOOP_LAG_AT_REST_MS, IDLE_PROCESS, CROWDED, thresholds.LOOP_LAG_MS),
    relief=lifts(resources.UNSEEN),
    headline="a blocked event loop",
    signs=(Sign("level", metrics.LOOP_LAG_MS, "delays of the event loop"),),
    awaited="services",
)  # fmt: skip
