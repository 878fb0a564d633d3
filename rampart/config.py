"""What one target file can say: types and ranges of every setting, frozen. `rampart/target_file.py` reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from itertools import pairwise
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StrictBool,
    StrictInt,
    StrictStr,
    model_validator,
)
from pydantic.dataclasses import dataclass

from rampart.condition import Condition

_STRICT = ConfigDict(extra="forbid")
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
Word = Annotated[StrictStr, Field(min_length=1)]
# What a target file may call a local process; the lab's own parts have further names.
ROLES = ("app", "worker", "db", "replica", "pooler", "cache", "queue", "neighbour", "outside")


_HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PATH = r"/[^\s#]*"
_HEADER_LINE = rf"{_HEADER_NAME}\s*:\s*\S.*"


def _like(pattern: str, example: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text and not re.fullmatch(pattern, text):
            raise ValueError(f"like {example!r}")
        return text

    return check


def _rising(levels: tuple[int, ...]) -> tuple[int, ...]:
    if any(later <= earlier for earlier, later in pairwise(levels)):
        raise ValueError("levels that rise, such as [100, 1000]: data only grows, and these do not rise")
    return levels


@dataclass(frozen=True, slots=True, config=_STRICT)
class RedisServer:
    """One Redis or Valkey server and what the target uses it for."""

    role: Literal["cache", "queue"]
    url: Word


@dataclass(frozen=True, slots=True, config=_STRICT)
class Queue:
    """A job queue: RQ, or any Redis list by its name."""

    name: Word
    kind: Literal["rq", "list"]
    url: Word
    pop: Literal["left", "right"] | None = None  # for kind "list": the end that workers take from; None: as is seen


@dataclass(frozen=True, slots=True, config=_STRICT)
class ProcessMatch:
    """Which local processes play a role: by pid, by listening port, or by a text in their command line."""

    role: Word  # one of ROLES in a target file
    pid: Annotated[StrictInt, Field(gt=0)] | None = None
    port: Port | None = None
    command: Word | None = None

    @model_validator(mode="after")
    def _names_one(self) -> ProcessMatch:
        if sum(value is not None for value in (self.pid, self.port, self.command)) != 1:
            raise ValueError("names a process by exactly one of pid, port and command")
        return self


@dataclass(frozen=True, slots=True, config=_STRICT)
class Marker:
    """How a target shows that it may be loaded. All that are set must be there; a bare text is `sql` alone."""

    sql: StrictStr = ""  # a query that returns true on a database that may be seeded, and loaded
    header: Annotated[StrictStr, AfterValidator(_like(_HEADER_LINE, "X-Load-Test: yes"))] = ""  # of its answer to `url`
    path: Annotated[StrictStr, AfterValidator(_like(_PATH, "/.well-known/rampart"))] = ""  # 200, its name in it
    required: StrictBool = False  # asked for on loopback as well, where a tunnel may lead elsewhere

    @property
    def is_set(self) -> bool:
        return bool(self.sql or self.header or self.path)


@dataclass(frozen=True, slots=True, config=_STRICT)
class Version:
    """Where the version of the target is found: its name, else a header of its answer to `url`, else a page."""

    name: StrictStr = ""  # such as a git commit; whoever deploys knows it
    header: Annotated[StrictStr, AfterValidator(_like(_HEADER_NAME, "X-App-Version"))] = ""
    path: Annotated[StrictStr, AfterValidator(_like(_PATH, "/version"))] = ""


def _bare_sql(value: object) -> object:
    return {"sql": value} if isinstance(value, str) else value


def _sendable(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Headers that an HTTP client sends: what it would refuse later is refused here."""
    for name, value in headers.items():
        if not re.fullmatch(_HEADER_NAME, name):
            raise ValueError(f"names of headers; {name!r} is none")
        if value != value.strip() or not re.fullmatch(r"[\t\x20-\x7e\xa0-\xff]*", value):
            raise ValueError(f"of headers with values in one line of Latin letters; that of {name} is none")
    return headers


@dataclass(frozen=True, slots=True, config=_STRICT)
class LoadSettings:
    """How the target is driven."""

    scenario: Word = "scenarios/saas.py"
    max_users: Annotated[StrictInt, Field(ge=1, le=1_000_000)] = 400
    wanted_users: Annotated[StrictInt, Field(ge=1)] | None = None  # so many must be held within the objectives
    cwd: Word | None = None  # where the scenario runs; None: where Rampart was called, as with plain Locust
    options: tuple[Word, ...] = ()  # options that the scenario defines, as on Locust's command line
    subprocesses: StrictBool = False  # whether the scenario may start processes
    digests: StrictBool = True  # whether equal answers are recognised, for findings about caching


@dataclass(frozen=True, slots=True, config=_STRICT)
class Seed:
    """How the target's data is grown; no seeder: one level, the data as it is."""

    seeder: Word | None = None  # a built-in name or a path to a seeder file
    tenants: Annotated[tuple[Annotated[StrictInt, Field(ge=1)], ...], AfterValidator(_rising)] = ()
    seed: Annotated[StrictInt, Field(ge=0)] = 1
    yes_this_database: StrictBool = False  # `postgres` is the application's database, though no request may show it


@dataclass(frozen=True, slots=True, config=_STRICT)
class RemedyCommands:
    """How a finding is mended on this target and put back, for `rampart confirm`; run without a shell."""

    finding: Word  # its id
    apply: Word
    undo: Word
    resource: StrictStr = ""  # only a finding whose resource contains this; empty: any
    deadline_s: Positive = 120.0


@dataclass(frozen=True, slots=True, config=_STRICT)
class Target:
    """All that is known of one target. Secrets are values here and are masked whenever this is written."""

    name: Word
    url: StrictStr
    lab: StrictBool = False  # the built-in staging in a box, started by the conductor
    flaws: tuple[Word, ...] = ()  # for the lab alone; no detector sees this
    allow: tuple[Word, ...] = ()  # hosts that may be loaded, each with a port or with that of `url`
    disposable: StrictBool = False
    marker: Annotated[Marker, BeforeValidator(_bare_sql)] = Marker()  # how it shows that it may be loaded
    version: Version = Version()
    # Sent to the origin of `url` alone.
    headers: Annotated[Mapping[StrictStr, StrictStr], AfterValidator(_sendable)] = field(default_factory=dict)
    postgres: Word | None = None  # conninfo
    replica: Word | None = None  # conninfo of a streaming replica of it
    pgbouncer: Word | None = None  # conninfo of its console, the database `pgbouncer`
    app_stats: Word | None = None  # URL of pool and event-loop statistics
    redis: tuple[RedisServer, ...] = ()
    queues: tuple[Queue, ...] = ()
    processes: tuple[ProcessMatch, ...] = ()
    remedies: tuple[RemedyCommands, ...] = ()
    load: LoadSettings = LoadSettings()
    seed: Seed = Seed()
    objectives: Mapping[StrictStr, Condition] = field(default_factory=dict)  # by name, as stated; see objectives.py
    stop: Mapping[StrictStr, Condition] = field(default_factory=dict)  # the load ends where one holds

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
