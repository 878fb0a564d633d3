"""Find a seeder: a built-in by its name, or a file of one's own."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import seeders
from rampart.errors import UsageError, nearest
from rampart.plugins import discover
from seeders.declaration.declare import Seeder
from seeders.declaration.sizes import PRESETS


def find(name_or_path: str) -> Seeder:
    """`lab`, `lab:b2b-heavy` (with another preset of tenant sizes), or the path of a Python file that sets `SEEDER`."""
    name, _, preset = name_or_path.partition(":")
    seeder = _from_file(Path(name)) if name.endswith(".py") else _built_in(name)
    if not preset:
        return seeder
    if preset not in PRESETS:
        raise UsageError(
            f"there is no preset {preset!r}", "tenant sizes have none of that name", nearest(preset, PRESETS)
        )
    return replace(seeder, sizes=PRESETS[preset])


def _built_in(name: str) -> Seeder:
    known = discover(seeders, Seeder)
    if name not in known:
        raise UsageError(
            f"there is no seeder {name!r}", "it is neither built in nor a file ending in .py", nearest(name, known)
        )
    return known[name]


def _from_file(path: Path) -> Seeder:
    try:
        found = runpy.run_path(str(path)).get("SEEDER")
    except OSError as error:
        raise UsageError(
            f"seeder file {path} cannot be read", error.strerror or str(error), "Name an existing file."
        ) from error
    except Exception as error:
        raise UsageError(f"seeder file {path} fails", f"{type(error).__name__}: {error}", "Mend it.") from error
    if not isinstance(found, Seeder):
        raise UsageError(
            f"{path} is not a seeder", "it sets no SEEDER = Seeder(...)", "See seeders/lab.py for an example."
        )
    return found
