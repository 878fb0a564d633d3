"""What a flaw is: how the lab is broken by it at start, which finding must name it, and how it is mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Flaw:
    """A planted flaw. A value named `FLAW` in a file of its own below `lab/flaws/` adds one."""

    name: str
    summary: str
    breaks: str  # what the young code or configuration does
    finding: str  # the finding id that must be named
    tenants: int  # from how many tenants on it bites
    users: str  # about how many users it takes, with the data of that many tenants
    remedy: str
    settings: Mapping[str, str | int] = field(default_factory=dict)  # of the product's processes, where not the default
    workers: int | None = None  # how many there are
    broken_by: tuple[str, ...] = ()  # SQL, run when the schema has been made
    mended_by: tuple[str, ...] = ()  # SQL, run on the live system
