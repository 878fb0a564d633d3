"""What a claim is, and how it is told whether the lab agrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.staging import Lab


@dataclass(frozen=True, slots=True)
class Measured:
    """What was seen: numbers with their units, and whether they bear the claim out."""

    rows: Sequence[tuple[str, float, str]]  # what, value, unit
    agrees: bool
    said: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A value named `CLAIM` in a file of its own below `lab/claims/` adds one.

    `measure` gets a lab that is up with `flaws` and holds twenty tenants, and may mend them.
    """

    name: str
    says: str
    measure: Callable[[Lab], Measured]
    flaws: tuple[str, ...] = ()
