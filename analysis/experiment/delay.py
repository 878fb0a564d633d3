"""What a squeeze says: the suspect's answers were kept back by turns; did throughput past the limit follow?

Past its limit a system has more users than it can serve. A part that requests do not wait for *at the limit* may answer
a little later, and as much is done as before; one that holds what is scarce (a connection, a lock, the event loop) may
not. The idea is that of causal profiling [Curtsinger and Berger, SOSP 2015].
"""

from __future__ import annotations

from analysis.experiment.decide import LEAST_GAIN
from analysis.experiment.gain import NOTHING, UNMENDED, Measured, describe, gain, request_rates
from rampart.finding import Finding
from rampart.model import JSON
from rampart.runs import Run
from rampart.tables import SCHEMA

SQUEEZED = "squeezed"  # the purpose of the stages in which the suspect was slower
ORDER = (UNMENDED, SQUEEZED, SQUEEZED, UNMENDED)


def decide_squeeze(recorded: Run, finding: Finding) -> JSON:
    """What `squeeze.json` holds. `moved`: True, throughput fell by a tenth or more; False, by less; None, undecided.

    It changes no status: a fall shows that the suspect is waited for, not what is wrong with it; and a full processor
    does as much as before, whether its answers travel a little longer or not.
    """
    measured = Measured.of(recorded)
    ratio = gain(request_rates(measured.valid, measured.requests), SQUEEZED)
    moved, sentence = _describe(ratio)
    return {
        "schema": SCHEMA,
        "finding": {key: getattr(finding, key) for key in ("id", "resource", "endpoint", "tenants")},
        "moved": moved,
        "sentence": sentence,
        "recorded": recorded.folder.name,
        "squeeze": recorded.about.get("remedy"),
        "ratio": ratio,
        "most_ratio": 1 / LEAST_GAIN,
    }


def _describe(ratio: JSON | None) -> tuple[bool | None, str]:
    if ratio is None:
        return None, NOTHING
    change = describe(ratio, SQUEEZED)
    if ratio["high"] < 1 / LEAST_GAIN:
        return True, f"Squeezed, it gives {change}: at the limit, requests wait for it."
    if ratio["low"] > 1 / LEAST_GAIN:
        return False, f"Squeezed, it gives {change}: what is scarce is not held while it answers."
    return None, f"Undecided: squeezed, it gives {change}."
