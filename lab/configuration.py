"""How the lab's parts are run: as the healthy lab runs them, but for what the flaws that are in force change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lab.flaws._flaw import Flaw

# What the product's own schedule does each night, and the lab whenever its data have grown.
NIGHTLY = ("REFRESH MATERIALIZED VIEW turnaround_by_day", "ANALYZE turnaround_by_day")
_WORKERS_TOO = "job_"  # settings whose name begins so are read by the workers


@dataclass(frozen=True, slots=True)
class Condition:
    """The healthy lab's by default."""

    settings: Mapping[str, str | int] = field(default_factory=dict)  # of the product, where not the default
    workers: int = 4
    app_processes: int = 1
    postgres: Mapping[str, str] = field(default_factory=dict)  # server settings beside those of lab/postgres.py
    cache_memory: str = "256mb"
    queue_on_disk: bool = True
    app_memory: str | None = None  # None: as much as it likes
    pooler: Mapping[str, str] | None = None  # settings of PgBouncer beside the lab's own; None: there is none
    replica: Mapping[str, str] | None = None  # settings of a replica beside its primary's; None: there is none
    own_core: bool = False  # each database server has one core, as on a small machine of its own

    @property
    def job_settings(self) -> dict[str, str | int]:
        """Those that the workers read."""
        return {name: value for name, value in self.settings.items() if name.startswith(_WORKERS_TOO)}


def condition(flaws: Iterable[Flaw], mended: Iterable[Flaw] = ()) -> Condition:
    """What all of some flaws together make of the lab; of two that change the same thing, the last one counts."""
    healthy = Condition()
    settings, postgres = dict[str, str | int](), dict[str, str]()
    workers, processes, memory, on_disk = (
        healthy.workers, healthy.app_processes, healthy.cache_memory, healthy.queue_on_disk,
    )  # fmt: skip
    limit, pooler, replica, own_core = healthy.app_memory, healthy.pooler, healthy.replica, healthy.own_core
    for flaw in mended:
        settings.update(flaw.settings_mended)
        limit = flaw.app_memory or limit  # what is around the product stays as it is when the product is mended
        pooler = pooler if flaw.pooler is None else {}
        replica, own_core = replica if flaw.replica is None else {}, own_core or flaw.own_core
    for flaw in flaws:
        settings.update(flaw.settings)
        postgres.update(flaw.postgres)
        workers = workers if flaw.workers is None else flaw.workers
        processes = processes if flaw.app_processes is None else flaw.app_processes
        memory = memory if flaw.cache_memory is None else flaw.cache_memory
        on_disk = on_disk if flaw.queue_on_disk is None else flaw.queue_on_disk
        limit = flaw.app_memory or limit
        pooler = pooler if flaw.pooler is None else {**(pooler or {}), **flaw.pooler}
        replica = replica if flaw.replica is None else {**(replica or {}), **flaw.replica}
        own_core = own_core or flaw.own_core
    return Condition(
        settings, workers, processes, postgres, memory, on_disk, limit, pooler, replica, own_core
    )  # fmt: skip
