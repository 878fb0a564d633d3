"""What a probe is: a value that says what it reads, and how to open a reader on a target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rampart.config import Target
from rampart.model import JSON, Gap, Metric, Reading


class Unavailable(Exception):
    """The probe cannot watch this target; the gap says what is lost and how to mend it."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(gap.reason)
        self.gap = gap


class NotConfigured(Exception):
    """The target has no such part (no cache, no queue): nothing to watch and nothing lost."""


class Reader(Protocol):
    """An open probe. It is used by one thread, and closed by it."""

    def read(self) -> Iterable[Reading]:
        """One round of readings; any exception is logged as a failed read and ends nothing."""
        ...

    def facts(self) -> JSON:
        """What is read once, at the end: texts, plans, settings; merged into `statements.json`. May be empty."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe is a value named `PROBE` in a file of its own below `probes/`."""

    name: str
    summary: str
    cadence_s: float | None  # seconds between reads; None: only when a stage begins (steady) and ends
    metrics: Sequence[Metric]  # those read by name from `rampart.metrics`, others declared beside the probe
    connect: Callable[[Target], Reader]  # raises Unavailable or NotConfigured
    deadline_s: float = 0.8
