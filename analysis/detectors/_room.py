"""Whether more of something can help: only while what stands behind it has room."""

from __future__ import annotations

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.level.level_data import LevelData
from rampart import resources
from rampart.resources import ResourceName

BEHIND_CONNECTIONS = (
    resources.DB_PROCESSOR,
    resources.HOST_CPU,
    resources.CONNECTIONS,
    resources.REDIS_CACHE,
    resources.APP_PROCESS,
)
_CALLED = {
    resources.DB_PROCESSOR: "the database's processor",
    resources.HOST_CPU: "the host's processor",
    resources.CONNECTIONS: "the number of the database's connections",
    resources.REDIS_CACHE: "the cache server",
    resources.APP_PROCESS: "the application's process",
}


def full_behind(attribution: Attribution, *behind: ResourceName) -> str:
    """What of the servers behind is full at the knee, in words; "" where all have room, as far as they are seen."""
    return next((_CALLED[name] for name in behind if name in attribution.saturated), "")


def on_this_host(level: LevelData) -> tuple[bool, str]:
    """Whether more processes find room on the host, and what that is worth, for the end of a sentence."""
    host = level.utilisation(resources.HOST_CPU)
    if host is None or host <= 0:
        return True, ""
    return host < thresholds.HOST_SATURATED, f"the host is {host:.0%} busy, so at most ×{max(1 / host, 1.0):.2g}"
