"""Named sets of flaws, and what may stand where flaws are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import lab.flaws
from lab.flaws._flaw import MIDDLING, Flaw
from rampart.errors import UsageError, nearest
from rampart.plugins import discover

FLAWS: dict[str, Flaw] = discover(lab.flaws, Flaw)

healthy: tuple[str, ...] = ()
young = ("app-pool", "cache-missing", "missing-index:strong", "n-plus-one", "sync-work", "workers")
# None of them is in `young`: what a system meets that has mended those, with limits of another kind one after another.
grown = ("cache-server", "event-loop-blocked", "app-cpu", "queue-retries", "slow-query", "slow-service")

PROFILES = {"none": healthy, "healthy": healthy, "young": young, "grown": grown}


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """The flaws that `names` stand for, once each, a later severity in place of an earlier one.

    A name is that of a profile, or `FLAW` or `FLAW:SEVERITY`, as which it is given back. UsageError for an unknown one.
    """
    found: dict[str, str] = {}
    for name in names:
        if name in PROFILES:
            for flaw in PROFILES[name]:
                found.setdefault(flaw.partition(":")[0], flaw)
        else:
            found[name.partition(":")[0]] = _known(name)
    return tuple(found.values())


def flaw(name: str) -> Flaw:
    """The flaw that `FLAW` or `FLAW:SEVERITY` stands for; UsageError for an unknown one."""
    bare, _, severity = _known(name).partition(":")
    return FLAWS[bare].at(severity or MIDDLING)


def _known(name: str) -> str:
    bare, _, severity = name.partition(":")
    if bare not in FLAWS:
        known = [*FLAWS, *PROFILES]
        raise UsageError(
            f"there is no flaw called {bare!r}", "no file below lab/flaws defines it", nearest(bare, known)
        )
    if severity in ("", MIDDLING):
        return bare
    if severity not in FLAWS[bare].severities:
        known = [MIDDLING, *FLAWS[bare].severities]
        raise UsageError(
            f"{bare} has no severity called {severity!r}", f"it has {', '.join(known)}", nearest(severity, known)
        )
    return name
