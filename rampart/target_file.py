"""Reads target files: whatever is in one, it becomes a `Target` or one sentence that names the line.

A setting comes from the file, or from the environment (RAMPART_LOAD_MAX_USERS for `max_users` in [load]), which stands
over the file, or from an option of the call, which stands over both. Values written "env:NAME" are read from that
variable, and are secrets: the mask remembers them.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from rampart.config import ROLES, LoadSettings, Marker, Queue, RedisServer, Seed, Target, Version
from rampart.errors import NotReady, UsageError, nearest
from rampart.masking import credentials, remember, remember_environment, remember_options
from rampart.model import JSON
from rampart.objectives import take_apart
from rampart.shipped import shipped

_SECTIONS = {"load": LoadSettings, "marker": Marker, "seed": Seed, "version": Version}
_ADAPTER = TypeAdapter(Target)
_SHOWN = "version"  # the section whose values are no secrets, though they come from the environment
_NUMBERS = ("int_type", "float_type", "int_parsing", "float_parsing")  # what pydantic calls text where one is wanted
# What the load process has in its environment, where people run a scenario with plain Locust too.
_FOR_THE_SCENARIO = ("RAMPART_TENANTS", "RAMPART_SEED", "RAMPART_HEADERS")
Place = tuple[str | int, ...]  # ("load", "max_users"), ("queues", 0, "kind")


@dataclass(frozen=True, slots=True)
class TargetFile:
    """A target with where each of its settings comes from; those that are not named are defaults."""

    target: Target
    origins: Mapping[Place, str]


def read_target(path: Path, environment: Mapping[str, str] | None = None) -> Target:
    """The target that a file describes; UsageError for a misfit, NotReady where a variable is missing."""
    return read_target_file(path, environment).target


def read_target_file(
    path: Path, environment: Mapping[str, str] | None = None, flags: Mapping[str, tuple[Place, Any]] | None = None
) -> TargetFile:
    """The same, and where each setting comes from; `flags` are those of the call, which stand over all else."""
    environment = os.environ if environment is None else environment
    text = _text(path)
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(
            f"target file {path} is not valid TOML", str(error), "Correct that line; text is written in quotes."
        ) from error
    origins = {place: f"{path.name}:{line_of(text, place) or '?'}" for place in _leaves(raw)}
    over = {name: (place, _value(environment[name])) for name, place in variables().items() if name in environment}
    for name, (place, value) in {**over, **(flags or {})}.items():
        _set(raw, place, value)
        origins = {known: where for known, where in origins.items() if known[: len(place)] != place} | {place: name}
    resolved = _resolve(raw, environment, str(path))
    take_apart(resolved, lambda place: _where(place, path, text, origins))
    try:
        target = _ADAPTER.validate_python(resolved)
    except ValidationError as error:
        raise _misfit(error.errors()[0], path, text, origins) from None
    for number, match in enumerate(target.processes):
        if match.role not in ROLES:
            line = line_of(text, ("processes", number, "role"))
            raise UsageError(
                f"{path}, line {line}: 'role' does not fit",
                f"it is {match.role!r}",
                f"It should be one of {', '.join(ROLES)}. {nearest(match.role, ROLES)}",
            )
    _remember(target)
    remember_environment(environment)
    return TargetFile(target, origins)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8 text"
        remedy = f"Name an existing file; {shipped('targets', 'staging.example.toml')} is one to copy and fill in."
        raise UsageError(f"target file {path} cannot be read", why, remedy) from error


def _leaves(value: Any, place: Place = ()) -> Iterator[Place]:
    if isinstance(value, dict) and (place or value) and place[:1] != ("headers",):
        for key, inner in value.items():
            yield from _leaves(inner, (*place, key))
    elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        for number, row in enumerate(value):
            yield from _leaves(row, (*place, number))
    else:
        yield place


def variables() -> dict[str, Place]:
    """The variables of the environment that stand over a setting, and which one."""
    places: list[Place] = [(f.name,) for f in fields(Target) if f.name not in _SECTIONS or f.name == "marker"]
    places += [(section, f.name) for section, kind in _SECTIONS.items() for f in fields(kind)]
    return {"_".join(["RAMPART", *(str(part).upper() for part in place)]): place for place in places}


def doubtful_variables(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Variables that look like those of settings and are none, each with the nearest right name."""
    known = variables()
    for name in sorted(environment):
        if name.startswith("RAMPART_SLO"):
            yield name, "[slo] is called [objectives]: RAMPART_OBJECTIVES='{latency = \"p95 < 500ms\"}'."
        elif name.startswith("RAMPART_") and name not in known and name not in _FOR_THE_SCENARIO:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
            if close:
                yield name, f"Did you mean {close[0]!r}?"


def _value(text: str) -> Any:
    """A variable's value as TOML has it; a bare word is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _set(raw: JSON, place: Place, value: Any) -> None:
    for part in place[:-1]:
        inner = raw.setdefault(str(part), {})
        if not isinstance(inner, dict):  # `marker = "SQL"`; anything else does not fit whatever is set in it
            inner = raw[str(part)] = {"sql": inner} if part == "marker" else {}
        raw = inner
    raw[str(place[-1])] = value


def _resolve(value: Any, environment: Mapping[str, str], where: str, *, secret: bool = True) -> Any:
    if isinstance(value, dict):
        return {
            key: _resolve(inner, environment, where, secret=secret and key != _SHOWN) for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_resolve(inner, environment, where, secret=secret) for inner in value]
    if isinstance(value, str) and value.startswith("env:"):
        name = value.removeprefix("env:")
        if name not in environment:
            why, remedy = "it is not set", f"Set it (export {name}=…) and run again."
            raise NotReady(f"{where} needs the environment variable {name}", why, remedy)
        if secret:
            remember(environment[name], shown=value)
        return environment[name]
    return value


def _remember(target: Target) -> None:
    """Credentials that stand in the file itself are secrets as well."""
    for value in (target.postgres, target.replica, target.pgbouncer, target.app_stats, target.url):
        for secret in credentials(value or ""):
            remember(secret)
    for url in (*(server.url for server in target.redis), *(queue.url for queue in target.queues)):
        for secret in credentials(url):
            remember(secret)
    for value in target.headers.values():
        remember(value)
    remember_options(target.load.options)


def _misfit(error: ErrorDetails, path: Path, text: str, origins: Mapping[Place, str]) -> UsageError:
    """What does not fit, in which line, and what would."""
    place = tuple(part for part in error["loc"] if not isinstance(part, str) or part in _known_words())
    place = tuple(error["loc"]) if error["type"] == "unexpected_keyword_argument" else place
    where = _where(place, path, text, origins)
    name, kind = str(place[-1]) if place else "it", error["type"]
    if kind == "unexpected_keyword_argument":
        owner = f"[{place[0]}] has" if len(place) > 1 else "a target file has"
        return UsageError(f"{where}: unknown setting {name!r}", f"{owner} none of that name", _near(name, place))
    if kind == "missing":
        return UsageError(f"{where}: {name!r} is missing", "every target needs it", f"Add {name} = … to the file.")
    why = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    why = why.replace("a valid tuple", "a list in brackets")
    quoted = " Write numbers without quotes." if isinstance(error["input"], str) and kind in _NUMBERS else ""
    return UsageError(f"{where}: {name!r} does not fit", f"it is {error['input']!r}", f"It should be {why}.{quoted}")


def _where(place: Place, path: Path, text: str, origins: Mapping[Place, str]) -> str:
    """Where a setting was made: the file with its line, a variable, or an option."""
    named = next((origins[place[:n]] for n in range(len(place), 0, -1) if place[:n] in origins), "")
    if named.startswith("RAMPART_"):
        return f"the environment variable {named}"
    if named.startswith("--"):
        return f"the option {named}"
    line = line_of(text, place)
    return f"{path}, line {line}" if line else str(path)


def _near(name: str, place: Place) -> str:
    kind = _kind_at(place[:-1])
    return nearest(name, [f.name for f in fields(kind)]) if kind else ""


def _kind_at(place: Place) -> Any:
    """The type of settings that stand at a place."""
    kind: Any = Target
    for part in place:
        if isinstance(part, int):
            continue
        hint = get_type_hints(kind).get(part)
        kind = next((one for one in (hint, *get_args(hint)) if is_dataclass(one)), None)
        if kind is None:
            return None
    return kind


def _known_words() -> set[str]:
    """Names of settings: pydantic puts names of types into a place as well."""
    kinds = (Target, *_SECTIONS.values(), RedisServer, Queue, _kind_at(("processes",)), _kind_at(("remedies",)))
    return {f.name for kind in kinds for f in fields(kind)}


_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.\-\"' ]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*[\"']?([\w\-]+)[\"']?\s*(?:\.|=)")


def line_of(text: str, place: Place) -> int | None:
    """The line (from 1) in which a setting stands, or else its table; None where neither is found."""
    words = [str(part) for part in place if not isinstance(part, int)]
    wanted = next((part for part in place if isinstance(part, int)), None)
    table, count, best = "", {}, None  # type: tuple[str, dict[str, int], int | None]
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = header[2].strip("\"'")
            count[table] = count.get(table, -1) + 1
            if words[:1] == [table] and (wanted is None or count[table] == wanted):
                best = best or number
        elif key := _KEY.match(line):
            found = [*([table] if table else []), key[1]]
            if found == words[: len(found)] and (wanted is None or not table or count[table] == wanted):
                if found == words or len(found) == 1:
                    best = number
                if found == words:
                    return number
    return best
