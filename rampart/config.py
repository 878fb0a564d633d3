"""One file describes one target; everything is resolved once, frozen, and recorded with secrets masked."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rampart.errors import NotReady, UsageError, nearest
from rampart.model import JSON


@dataclass(frozen=True, slots=True)
class RedisServer:
    """One Redis or Valkey server and what the target uses it for."""

    role: str  # "cache", "queue"
    url: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A job queue: RQ, or any Redis list by its name."""

    name: str
    kind: str  # "rq" or "list"
    url: str
    pop: str = "left"  # the end that workers take from, for kind "list"


@dataclass(frozen=True, slots=True)
class ProcessMatch:
    """Which local processes play a role: by pid, by listening port, or by a text in their command line."""

    role: str  # "app", "worker", "db", "replica", "pooler", "cache", "queue"
    pid: int | None = None
    port: int | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """How the target is driven."""

    scenario: str = "scenarios/saas.py"
    max_users: int = 400
    wanted_users: int | None = None  # the objective of a nightly run: so many users within the SLO
    think_s: float = 1.0  # the mean think time of the scenario's users, for plans; the truth is measured


@dataclass(frozen=True, slots=True)
class Seed:
    """How the target's data is grown; no seeder: one level, the data as it is."""

    seeder: str | None = None  # a built-in name or a path to a seeder file
    tenants: tuple[int, ...] = ()
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Slo:
    """What users are promised."""

    p95_ms: float = 500.0
    error_ratio: float = 0.01


@dataclass(frozen=True, slots=True)
class RemedyCommands:
    """How a finding is mended on this target and put back, for `rampart confirm`; run without a shell."""

    finding: str  # its id
    apply: str
    undo: str
    resource: str = ""  # only a finding whose resource contains this; empty: any
    deadline_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Target:
    """All that is known of one target. Secrets are values here and are masked whenever this is written."""

    name: str
    url: str
    lab: bool = False  # the built-in staging in a box, started by the conductor
    flaws: tuple[str, ...] = ()  # for the lab alone; no detector sees this
    allow: tuple[str, ...] = ()
    disposable: bool = False
    marker: str = ""  # SQL that returns true on a database that may be seeded
    headers: Mapping[str, str] = field(default_factory=dict)
    postgres: str | None = None  # conninfo
    replica: str | None = None  # conninfo of a streaming replica of it
    pgbouncer: str | None = None  # conninfo of its console, the database `pgbouncer`
    app_stats: str | None = None  # URL of pool and event-loop statistics
    redis: tuple[RedisServer, ...] = ()
    queues: tuple[Queue, ...] = ()
    processes: tuple[ProcessMatch, ...] = ()
    remedies: tuple[RemedyCommands, ...] = ()
    load: LoadSettings = LoadSettings()
    seed: Seed = Seed()
    slo: Slo = Slo()

    @property
    def most_users(self) -> int:
        """For what is known to have a limit; the lab may be given more than is allowed elsewhere: it harms nobody."""
        return self.load.max_users * (2 if self.lab else 1)

    def up_to(self, users: int) -> Target:
        """The same, driven by no more users than these."""
        return replace(self, load=replace(self.load, max_users=users))

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


_SECTIONS: dict[str, type] = {"load": LoadSettings, "seed": Seed, "slo": Slo}
_LISTS: dict[str, type] = {
    "redis": RedisServer, "queues": Queue, "processes": ProcessMatch, "remedies": RemedyCommands,
}  # fmt: skip


def read_target(path: Path, environment: Mapping[str, str] | None = None) -> Target:
    """Read a target file. Values `env:NAME` come from the environment; any misfit is a UsageError."""
    environment = os.environ if environment is None else environment
    try:
        raw = tomllib.loads(path.read_text())
    except OSError as error:
        raise UsageError(
            f"target file {path} cannot be read",
            error.strerror or str(error),
            "Name an existing file, for instance targets/lab.toml.",
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"target file {path} is not valid TOML", str(error), "Mend that line.") from error
    target: Target = _build(Target, _resolve(raw, environment, str(path)), str(path))
    return target


class FromEnvironment(str):
    """A value of the environment: what is recorded of it is the name of its variable, whatever it holds."""

    variable: str

    @classmethod
    def read(cls, name: str, environment: Mapping[str, str]) -> FromEnvironment:
        value = cls(environment[name])
        value.variable = name
        return value

    def __repr__(self) -> str:
        return f"env:{self.variable}"


def _resolve(value: Any, environment: Mapping[str, str], where: str) -> Any:
    if isinstance(value, dict):
        return {key: _resolve(inner, environment, where) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolve(inner, environment, where) for inner in value]
    if isinstance(value, str) and value.startswith("env:"):
        name = value.removeprefix("env:")
        if name not in environment:
            raise NotReady(
                f"{where} needs the environment variable {name}",
                "it is not set",
                f"Set it (export {name}=…) and run again.",
            )
        return FromEnvironment.read(name, environment)
    return value


def _build(kind: type, raw: JSON, where: str) -> Any:
    known = {f.name for f in fields(kind)}
    for key in raw:
        if key not in known:
            raise UsageError(
                f"{where} has an unknown setting {key!r}",
                f"a {kind.__name__} has none of that name",
                nearest(key, known),
            )
    values = dict(raw)
    for key, value in raw.items():
        if kind is Target and key in _SECTIONS:
            values[key] = _build(_SECTIONS[key], value, f"{where} [{key}]")
        elif kind is Target and key in _LISTS:
            values[key] = tuple(_build(_LISTS[key], row, f"{where} [[{key}]]") for row in value)
        elif isinstance(value, list):
            values[key] = tuple(value)
    try:
        return kind(**values)
    except TypeError as error:
        raise UsageError(f"{where} is incomplete", str(error).split("__init__() ")[-1], "Add it.") from error


# Of a URL all up to its last @, for a password may have one; of settings and queries what is secret by its name. The
# placeholders of statements are left.
_PASSWORD = re.compile(
    r"(://[^:/@\s]*:)[^\s/]+(@)|((?:password|passwd|secret|token|api_?key)\s*=\s*)(?!\$\d)('[^']*'|\S+)",
    re.IGNORECASE,
)


def masked(value: Any) -> Any:
    """A copy of any JSON-like value or dataclass in which no secret is left: by origin, by name, and by form."""
    if isinstance(value, FromEnvironment):
        return repr(value)
    if isinstance(value, str):
        return _PASSWORD.sub(lambda m: f"{m[1]}***{m[2]}" if m[1] else f"{m[3]}***", value)
    if isinstance(value, Mapping):
        return {k: "***" if _secret_name(k) else masked(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(inner) for inner in value]
    if hasattr(value, "__dataclass_fields__"):
        return {
            f.name: "***" if f.name == "headers" and getattr(value, f.name) else masked(getattr(value, f.name))
            for f in fields(value)
        }
    return value


def _secret_name(name: str) -> bool:
    return any(word in name.lower() for word in ("password", "secret", "token", "authorization", "cookie"))
