"""Where no remedy is known: the suspect is made a little slower by turns, and throughput past the limit watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.detectors._found import every_detector
from conductor.experiment.remedies import as_target
from lab.delayed_part import Part, Squeeze, between
from lab.staging import Lab
from rampart.config import Target
from rampart.errors import NotReady
from rampart.finding import Finding

# What is squeezed to show that slowing just anything does not move throughput.
_OTHER: Mapping[Part, Part] = {"database": "cache", "cache": "services", "services": "cache"}


@dataclass(frozen=True, slots=True)
class SqueezeRemedy:
    """The opposite of a remedy, applied and undone like one."""

    lab: Lab
    squeeze: Squeeze
    base: Target

    @property
    def says(self) -> str:
        return f"each answer of the {self.squeeze.part} comes {self.squeeze.ms:g} ms later"

    def mend(self) -> Target:
        self.squeeze.on()
        return as_target(self.lab, self.base)

    def undo(self) -> Target:
        self.squeeze.off()
        return as_target(self.lab, self.base)


def for_suspect(lab: Lab, finding: Finding, base: Target, ms: float, *, placebo: bool) -> SqueezeRemedy:
    """The suspect of a finding (`placebo`: another part) behind a relay; NotReady where it is no part of the lab's."""
    detector = every_detector().get(finding.id)
    part = detector.awaited if detector else None
    if part is None:
        raise NotReady(
            f"{finding.id} cannot be squeezed",
            "requests do not wait for a server that the product reaches over the network",
            "Apply what the report says by hand, ramp again, and compare the two runs with `rampart compare`.",
        )
    return SqueezeRemedy(lab, between(lab, _OTHER[part] if placebo else part, ms), base)
