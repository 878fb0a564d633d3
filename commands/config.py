"""`rampart config`: what is in force and why, for the target that a call would be about."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from rich.table import Table

from commands import _target
from conductor.console import Console
from rampart.errors import ExitCode
from rampart.masking import masked
from rampart.objectives import OBJECTIVES, STOP, in_force
from rampart.target_file import Place

_DEFAULTS = {"objectives": OBJECTIVES, "stop": STOP}


def arguments(parser: argparse.ArgumentParser) -> None:
    _target.add_target(parser)
    _target.add_levels(parser)
    _target.add_target_version(parser)
    parser.add_argument("--max-users", type=int, metavar="N", help="as of `rampart ramp`")
    parser.add_argument("--json", action="store_true", help="one JSON array")


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    found = _target.resolved(arguments)
    rows = [(name_of(place), shown(value), origin(place, found.origins)) for place, value in settings(found.target)]
    if arguments.json:
        console.say(json.dumps([{"setting": name, "value": value, "from": source} for name, value, source in rows]))
        return ExitCode.DONE
    table = Table("setting", "value", "from", box=None)
    for row in rows:
        table.add_row(*row)
    console.show(table)
    return ExitCode.DONE


def settings(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Each setting with its place; a list of rows is one setting for each of theirs."""
    for field in fields(value):
        inner, here = getattr(value, field.name), (*place, field.name)
        if is_dataclass(inner):
            yield from settings(inner, here)
        elif isinstance(inner, tuple) and inner and is_dataclass(inner[0]):
            for number, row in enumerate(inner):
                yield from settings(row, (*here, number))
        elif field.name in _DEFAULTS:
            for name, condition in in_force(inner, _DEFAULTS[field.name]).items():
                yield (*here, name), condition.said
        else:
            yield here, inner


def name_of(place: Place) -> str:
    """`load.max_users`, `queues[0].kind`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def shown(value: Any) -> str:
    """A value as TOML has it, without secrets; nothing where it is not set."""
    return "" if value is None else json.dumps(masked(value), ensure_ascii=False)


def origin(place: Place, origins: Mapping[Place, str]) -> str:
    """An option, a variable, a line of the file; or the default."""
    return next((origins[place[:n]] for n in range(len(place), 0, -1) if place[:n] in origins), "default")
