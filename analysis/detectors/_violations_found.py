"""All kinds of violations, which lie among the detectors; the folder is listed once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from analysis import detectors
from analysis.detectors._violation import Seen, ViolationKind
from rampart.model import Gap
from rampart.plugins import discover
from rampart.verdict import Violation


@cache
def every_violation() -> Mapping[str, ViolationKind]:
    """The kinds by the id of their finding."""
    return discover(detectors, ViolationKind)


def outcomes() -> tuple[str, ...]:
    """What scenarios call the answers that show one."""
    return tuple(sorted(kind.outcome for kind in every_violation().values() if kind.outcome is not None))


def found(seen: Seen) -> tuple[Violation, ...]:
    """Everything that was wrong, by kind."""
    return tuple(row for kind in every_violation().values() for row in kind.find(seen))


def unseen(seen: Seen) -> tuple[Gap, ...]:
    """What could not be looked for."""
    return tuple(gap for kind in every_violation().values() for gap in kind.unseen(seen))
