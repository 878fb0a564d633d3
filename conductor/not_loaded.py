"""A scenario that could not be loaded: what it did not find, where that was looked for, and how to add it."""

from __future__ import annotations

import re
from pathlib import Path

from conductor.installation import command_to_add
from conductor.load_start import HIDDEN
from rampart.config import Target
from rampart.errors import NotReady, RampartError, UsageError
from rampart.model import JSON

_UPWARDS = 5  # folders above the scenario in which a package of its repository is looked for
_LAST_LINES = 12
_PREFIX = re.compile(r"^\[[^]]*\] (?:[^\s/]+/[A-Z]+/[\w.]+: )?")  # of Locust's log: time, host, level, logger


def not_loaded(target: Target, found: JSON, log: str) -> RampartError:
    """What to say; `found` is what the load process told of the exception, `log` what Locust wrote."""
    where = f" ({found['place']})" if found.get("place") else ""
    what = f"the scenario {target.load.scenario} cannot be loaded"
    if found.get("module"):
        return NotReady(what, f"it imports {found['module']!r}, which is not there{where}", _module(target, found))
    if found.get("file"):
        cwd, name = Path(found["cwd"]), Path(found["file"])
        return NotReady(what, f"there is no file {cwd / name}{where}", _file(target, cwd, name))
    last = _last_line(log)
    if "unrecognized arguments" in last or "error: argument" in last:
        remedy = "Correct `options` in [load]: those that the scenario defines."
        return UsageError("the scenario does not take its options", last, remedy)
    if found.get("error") not in (None, "SystemExit"):
        why = f"{found['error']}: {found['said']}{where}"
    else:
        why = last or "Locust ended and said nothing"
    return NotReady(what, why, f"Mend the scenario: alone (locust -f {target.load.scenario}) it says the same.")


def _module(target: Target, found: JSON) -> str:
    """How to have a missing module: from the folder of the repository that has it, or installed."""
    name = str(found["module"])
    home = next((folder for folder in _above(target) if _holds(folder, name)), None)
    if home is not None:
        return f'It is in {home}: run from there, or write cwd = "{home}" in [load].'
    if name.partition(".")[0] in HIDDEN:  # a package of that name in a registry is none of theirs
        where = f"the working directory ({found['cwd']}) and beside the scenario"
        return f"It is looked for in {where}; [load] cwd names another."
    return f"Add it to Rampart's own environment: {command_to_add(name)}"


def _file(target: Target, cwd: Path, name: Path) -> str:
    home = next((folder for folder in _above(target) if not name.is_absolute() and (folder / name).exists()), None)
    if home is not None:
        return f'It is in {home}: run from there, or write cwd = "{home}" in [load].'
    return f"Relative names are looked for in the working directory ({cwd}), as Locust does; [load] cwd names another."


def _above(target: Target) -> list[Path]:
    path = Path(target.load.scenario).resolve()
    return list(path.parents)[:_UPWARDS]


def _holds(folder: Path, module: str) -> bool:
    place = folder.joinpath(*module.split("."))
    return place.with_name(f"{place.name}.py").is_file() or any(place.glob("*.py")) or any(place.glob("*/*.py"))


def _last_line(log: str) -> str:
    """The line that says most: an error's, else the last one."""
    lines = [_PREFIX.sub("", line).strip() for line in log.splitlines()[-_LAST_LINES:] if line.strip()]
    return next((line for line in reversed(lines) if "rror" in line), lines[-1] if lines else "")
