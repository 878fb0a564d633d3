"""Named sets of flaws, and what may stand where flaws are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import lab.flaws
from lab.flaws._flaw import Flaw
from rampart.errors import UsageError, nearest
from rampart.plugins import discover

FLAWS: dict[str, Flaw] = discover(lab.flaws, Flaw)

healthy: tuple[str, ...] = ()
young: tuple[str, ...] = tuple(FLAWS)

PROFILES = {"none": healthy, "healthy": healthy, "young": young}


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """The flaws that `names` (of flaws or of profiles) stand for, once each; UsageError for an unknown one."""
    found: dict[str, None] = {}
    for name in names:
        if name in FLAWS:
            found[name] = None
        elif name in PROFILES:
            found.update(dict.fromkeys(PROFILES[name]))
        else:
            known = [*FLAWS, *PROFILES]
            raise UsageError(
                f"there is no flaw called {name!r}", "no file below lab/flaws defines it", nearest(name, known)
            )
    return tuple(found)
