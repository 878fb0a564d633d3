"""Starts decoys beside the lab's product; they end with the lab."""

from __future__ import annotations

from collections.abc import Sequence

import lab.decoys
from lab.child import python, start
from lab.decoys._decoy import Decoy
from lab.staging import Lab
from rampart.errors import UsageError, nearest
from rampart.plugins import discover

DECOYS: dict[str, Decoy] = discover(lab.decoys, Decoy)


def known(names: Sequence[str]) -> tuple[Decoy, ...]:
    """The decoys of these names; UsageError for an unknown one."""
    for name in names:
        if name not in DECOYS:
            raise UsageError(
                f"there is no decoy called {name!r}", "no file below lab/decoys defines it", nearest(name, DECOYS)
            )
    return tuple(DECOYS[name] for name in names)


def begin(lab: Lab, names: Sequence[str]) -> None:
    """Start decoys; from then on their processes are the target's, as a target file would name them."""
    for decoy in known(names):
        log = lab.folder / f"{decoy.name}.log"
        child = start(decoy.role, python(decoy.module), log, environment=lab.settings.environment())
        lab.children.append(child)
