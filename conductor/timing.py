"""How long the parts of a ramp take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. A stage is warm-up, which is not measured, and a steady window."""

    warmup_s: float = 3.0
    steady_s: float = 12.0
    profile_s: float = 1.2

    @property
    def stage_s(self) -> float:
        return self.warmup_s + self.steady_s


FULL = Timing()
QUICK = Timing(warmup_s=2.5, steady_s=6.5, profile_s=0.6)
