"""What an undo takes away, read off its text: nothing that was there before the remedy may be among it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from rampart.config import RemedyCommands
from rampart.errors import NotReady

_NAME = r'(?:(?:"[^"]+"|[\w$]+)\.)?(?:"[^"]+"|[\w$]+)'
_DROPS = re.compile(rf"\bDROP\s+INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+EXISTS\s+)?({_NAME}(?:\s*,\s*{_NAME})*)", re.I)
_CONSTRAINTS = re.compile(rf"\bDROP\s+CONSTRAINT\s+(?:IF\s+EXISTS\s+)?({_NAME})", re.I)
_ALTERED = re.compile(
    r"\bALTER\s+(SYSTEM|DATABASE|ROLE|USER)\b([^;]*?)\b(?:RESET\s+([\w.]+)|SET\s+([\w.]+)\s*(?:=|\bTO\b)\s*DEFAULT\b)",
    re.I,
)
_SCRIPT_BYTES = 100_000


def require_new(commands: RemedyCommands, before: Mapping[str, str]) -> None:
    """NotReady where the undo would take away an index, a constraint or a setting that the database has already."""
    text = text_of(commands.undo)
    for name in taken_away(text, before):
        setting = name.startswith("setting ")
        raise NotReady(
            "the remedy cannot be tried as it is written",
            f"its undo takes away what is there already: {name}{f', which is {before[name]}' if setting else ''}",
            "Let `undo` set that value again."
            if setting
            else "Give what `apply` makes, and `undo` drops, another name.",
        )


def text_of(command: str, cwd: str | None = None) -> str:
    """A command's words, and what the scripts among them say."""
    with suppress(ValueError):
        words = shlex.split(command)
        return "\n".join([" ".join(words), *(text for word in words for text in _script(Path(cwd or ".", word)))])
    return command


def dropped(text: str) -> list[str]:
    """The names of indexes and constraints that the text drops, as they are written."""
    lists = [match[1] for match in _DROPS.finditer(text)]
    return [name for names in lists for name in re.findall(_NAME, names)] + [m[1] for m in _CONSTRAINTS.finditer(text)]


def there(name: str, inventory: Mapping[str, str]) -> list[str]:
    """The indexes and constraints of the inventory that a written name means; one without a schema may be in any."""
    wanted = _parts(name)
    found = [key for key in inventory if key.startswith(("index ", "constraint "))]
    return [key for key in found if _parts(key.split(" ")[-1])[-len(wanted) :] == wanted]


def taken_away(text: str, inventory: Mapping[str, str]) -> Iterator[str]:
    """What the text would take away of the inventory."""
    for name in dropped(text):
        yield from there(name, inventory)
    for kind, about, *names in (match.groups() for match in _ALTERED.finditer(text)):
        setting = next(name for name in names if name)
        yield from _reset(kind.upper() == "SYSTEM", about, setting.lower(), inventory)


def _reset(of_server: bool, about: str, setting: str, inventory: Mapping[str, str]) -> Iterator[str]:
    """The settings of the inventory that a statement takes back to their defaults: one, or `all`."""
    for key in inventory:
        kind, _, rest = key.partition(" ")
        name, _, where = rest.partition(" ")
        if kind != "setting" or setting not in (name.lower(), "all"):
            continue
        if where == "(postgresql.auto.conf)" if of_server else where.startswith("of ") and _is_of(where, about):
            yield key


def _is_of(where: str, about: str) -> bool:
    """Whether a role's or database's own setting is the one that a statement names; `ALTER ROLE ALL` is every role."""
    role, _, database = where.removeprefix("of ").partition(" in ")
    named = {word.lower() for word in re.findall(r"[\w$]+", about)}
    return bool({role.lower().removesuffix(" roles"), database.lower()} & named)


def _parts(name: str) -> list[str]:
    return [part[1:-1] if part[0] == '"' else part.lower() for part in re.findall(r'"[^"]+"|[\w$]+', name)]


def _script(path: Path) -> Iterator[str]:
    with suppress(OSError, UnicodeDecodeError, ValueError):
        if path.is_file() and path.stat().st_size <= _SCRIPT_BYTES:
            yield path.read_text()
