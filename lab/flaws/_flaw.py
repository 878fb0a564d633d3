"""What a flaw is: how the lab is broken by it at start, which finding must name it, and how it is mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

MIDDLING = "middling"  # the severity that the fields themselves describe


@dataclass(frozen=True, slots=True)
class Flaw:
    """A planted flaw. A value named `FLAW` in a file of its own below `lab/flaws/` adds one.

    What it changes is data; None, or nothing, leaves a part as the healthy lab has it (`lab/configuration.py`).
    """

    name: str
    summary: str
    breaks: str  # what the young code or configuration does
    finding: str  # the finding id, or the violation, that must be named
    tenants: int  # from how many tenants on it bites
    users: str  # about how many users it takes, with the data of that many tenants
    remedy: str
    settings: Mapping[str, str | int] = field(default_factory=dict)  # of the product's processes, where not the default
    settings_mended: Mapping[str, str | int] = field(default_factory=dict)  # once mended, where not the default
    workers: int | None = None  # how many there are
    app_processes: int | None = None  # of the product, on one port, each with a pool of its own
    postgres: Mapping[str, str] = field(default_factory=dict)  # server settings; mending resets them
    cache_memory: str | None = None  # "8mb"
    queue_on_disk: bool | None = None  # whether the queue server keeps what it holds
    app_memory: str | None = None  # "128mb": what a process of the product may hold, as in a container
    pooler: Mapping[str, str] | None = None  # settings of a PgBouncer before the database; it stays once mended
    replica: Mapping[str, str] | None = None  # settings of a streaming replica; it stays, without them, once mended
    own_core: bool = False  # each database server is kept on one core of its own, mended or not
    scenario: str | None = None  # of the load, in place of the target file's; a flaw of the harness
    instead_of: tuple[str, ...] = ()  # flaws that are not there beside it: nothing uses what they break
    broken_by: tuple[str, ...] = ()  # SQL, run when the schema has been made
    grown_by: tuple[str, ...] = ()  # SQL, run each time that the data has been grown
    mended_by: tuple[str, ...] = ()  # SQL, run on the live system
    severities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # "weak", "strong": fields that differ

    def at(self, severity: str) -> Flaw:
        """This flaw, weaker or stronger; KeyError where it has no such severity."""
        return self if severity == MIDDLING else replace(self, **self.severities[severity])
