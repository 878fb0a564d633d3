"""The load that a flaw of the harness sends."""

from __future__ import annotations

from dataclasses import replace

from lab.profiles import flaw as flaw_of
from rampart.config import Target


def driven(target: Target) -> Target:
    """The target with the load that the flaws in force send in place of its own."""
    for name in target.flaws if target.lab else ():
        if (scenario := flaw_of(name).scenario) is not None:
            target = replace(target, load=replace(target.load, scenario=scenario))
    return target
