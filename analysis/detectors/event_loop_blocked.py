"""Something blocks the event loop: every request waits, and yet no processor is busy."""

from __future__ import annotations

from analysis import thresholds
from analysis.attribution.application_cpu import computes, waiting_ms
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, span, supported
from analysis.level.level_data import LevelData
from rampart.model import Evidence, Finding, Remedy


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    lag = [level.mean("loop.lag_ms", points) for points in (level.low, level.high)]
    process = level.utilisation("busiest app process")
    if lag[0] is None or lag[1] is None or process is None:
        return None
    if computes(level):
        return None  # a full processor delays the loop too; that is another finding
    at_rest = min(lag[0], lag[1]) >= thresholds.LOOP_LAG_AT_REST_MS and process < thresholds.IDLE_PROCESS
    if lag[1] < thresholds.LOOP_LAG_MS and not at_rest:
        return None
    evidence = [
        Evidence(
            f"the event loop is delayed {span(lag[0], lag[1], 'ms')} at worst in a second",
            lag[1],
            f">= {thresholds.LOOP_LAG_MS:g} ms, or >= {thresholds.LOOP_LAG_AT_REST_MS:g} ms at low load already",
            "readings-app loop.lag_ms",
        ),
        Evidence(
            f"the busiest application process uses only {process:.0%} of a core",
            process,
            f"< {thresholds.IDLE_PROCESS:.0%}: it waits rather than computes",
            "readings-processes process.cpu_s",
            holds=process < thresholds.IDLE_PROCESS,
        ),
    ]
    if (crowded := level.stalled("cpu")) is not None:
        evidence.append(
            Evidence(
                f"for {crowded:.0%} of the time something waits for a processor",
                crowded,
                f"< {thresholds.CROWDED:.0%}: it is not for a processor that the loop waits",
                "readings-host host.cpu_pressure_s",
                holds=crowded < thresholds.CROWDED,
            )
        )
    remedy = Remedy(
        "Find the blocking call (a synchronous client, a file, a hash) and await it or move it to a thread."
    )
    return supported(
        "event-loop-blocked",
        "app",
        level,
        attribution.share(waiting_ms(attribution)),
        evidence,
        remedy,
        resource="application event loop",
    )


DETECTOR = Detector("event-loop-blocked", "app", "A blocking call stalls the event loop.", _detect)
