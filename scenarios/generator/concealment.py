"""Hides our own packages from the user's code: its `tests`, `lab` or `analysis` are its own, or missing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType


class Concealment:
    """A finder that is asked first: for one of our names it looks everywhere but where ours are."""

    def __init__(self, names: Sequence[str], below: Path) -> None:
        self._names, self._below = frozenset(names), below

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is not None or name not in self._names:
            return None
        elsewhere = [entry for entry in sys.path if Path(entry or ".").resolve() != self._below]
        found = PathFinder.find_spec(name, elsewhere, target)
        if found is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return found


def conceal(names: Sequence[str], below: Path) -> None:
    """Ask this finder before all others; an editable install finds our packages without a folder on the path."""
    sys.meta_path.insert(0, Concealment(names, below))
