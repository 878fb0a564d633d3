"""The table `rampart_seed` in the target: the level that it holds, the growth under way, and what to put back after it.

A growth is resumed from it after any interruption. It is the only table that seeding makes; removal drops it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b

from psycopg.types.json import Jsonb

from rampart.errors import UsageError
from rampart.model import JSON
from seeders.database.connect import Connection
from seeders.declaration.declare import Seeder

_LAYOUT = 3  # raise it when the same declaration and seed would give other rows
_MAKE = """
CREATE TABLE IF NOT EXISTS rampart_seed (
    kind text NOT NULL, name text NOT NULL, value jsonb NOT NULL, PRIMARY KEY (kind, name))"""
# The advisory lock that keeps two growths of one database apart.
_LOCK = 0x52414D50


@dataclass(frozen=True, slots=True)
class SeededLevel:
    """What the target holds in full."""

    tenants: int
    seed: int
    first_key: int
    print: str  # of the declaration: other rows would not fit to those that are there
    rows_per_s: float | None = None  # of the last large growth, for the next plan


@dataclass(frozen=True, slots=True)
class GrowthStep:
    """A growth under way: tenants `after` + 1 … `to`, by slices of every table."""

    after: int
    to: int
    seed: int
    first_key: int
    print: str
    slices: JSON  # table: number of slices
    mode: str  # "bulk", "in place"
    reason: str


def reached(step: GrowthStep, rows_per_s: float | None) -> SeededLevel:
    """The level that a growth ends at."""
    return SeededLevel(step.to, step.seed, step.first_key, step.print, rows_per_s)


def fingerprint(seeder: Seeder) -> str:
    """Of everything in a declaration that decides on keys and values."""
    parts = [_LAYOUT, seeder.name, seeder.first_key, seeder.locale, seeder.sizes, seeder.tables]
    return blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def lock(connection: Connection) -> None:
    """Wait for the sole right to seed this database, until the session ends; LockNotAvailable after the time-out."""
    connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])


def make(connection: Connection) -> None:
    """Create the table where it is missing."""
    connection.execute(_MAKE)


def exists(connection: Connection) -> bool:
    """Whether anything was ever seeded here."""
    return connection.execute("SELECT to_regclass('rampart_seed') IS NOT NULL").fetchone() == (True,)


def level(connection: Connection, seeder: Seeder) -> SeededLevel | None:
    """What the target holds in full of this seeder."""
    value = _get(connection, "level", seeder.name)
    return None if value is None else SeededLevel(**value)


def step(connection: Connection, seeder: Seeder) -> GrowthStep | None:
    """The growth of this seeder that was begun and has not ended."""
    value = _get(connection, "step", seeder.name)
    return None if value is None else GrowthStep(**value)


def begin(connection: Connection, seeder: Seeder, new: GrowthStep) -> None:
    """Record a growth before its first row."""
    put(connection, "step", seeder.name, asdict(new))


def claim(connection: Connection, seeder: Seeder, slice_name: str) -> bool:
    """Take a slice, in the transaction that writes it; False where it is there already.

    A transaction of a killed run that has not ended yet is waited for here, so that no slice is ever written twice.
    """
    query = "INSERT INTO rampart_seed VALUES ('slice', %s, 'true') ON CONFLICT DO NOTHING"
    return connection.execute(query, [f"{seeder.name} {slice_name}"]).rowcount == 1


def claimed(connection: Connection, seeder: Seeder) -> set[str]:
    """The slices that are there."""
    query = "SELECT name FROM rampart_seed WHERE kind = 'slice' AND starts_with(name, %s)"
    prefix = f"{seeder.name} "
    return {row[0].removeprefix(prefix) for row in connection.execute(query, [prefix])}


def finish(connection: Connection, seeder: Seeder, level: SeededLevel) -> None:
    """A growth has ended: its level holds, its slices are forgotten."""
    with connection.transaction():
        forget(connection, seeder)
        put(connection, "level", seeder.name, asdict(level))


def forget(connection: Connection, seeder: Seeder) -> None:
    """Delete all entries of a seeder, but for what waits to be put back."""
    query = "DELETE FROM rampart_seed WHERE kind IN ('level', 'step') AND name = %s"
    connection.execute(query, [seeder.name])
    query = "DELETE FROM rampart_seed WHERE kind = 'slice' AND starts_with(name, %s)"
    connection.execute(query, [f"{seeder.name} "])


def put(connection: Connection, kind: str, name: str, value: JSON) -> None:
    """Set one entry."""
    query = "INSERT INTO rampart_seed VALUES (%s, %s, %s) ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value"
    connection.execute(query, [kind, name, Jsonb(value)])


def touch(connection: Connection) -> None:
    """A commit that writes something, and changes nothing."""
    connection.execute(
        "UPDATE rampart_seed SET name = name WHERE (kind, name) = (SELECT kind, name FROM rampart_seed LIMIT 1)"
    )


def _get(connection: Connection, kind: str, name: str) -> JSON | None:
    query = "SELECT value FROM rampart_seed WHERE kind = %s AND name = %s"
    row = connection.execute(query, [kind, name]).fetchone()
    return None if row is None else row[0]


def check_same(seeder: Seeder, seed: int, there: Sequence[SeededLevel | GrowthStep | None]) -> None:
    """Refuse to grow what another seed or declaration has begun: its keys would meet those that are there."""
    for one in there:
        if one is not None and one.seed != seed:
            raise UsageError(
                f"seeder {seeder.name} cannot grow this database with seed {seed}",
                f"it was seeded with seed {one.seed}, and tenants that are there never change",
                f"Use seed {one.seed}, or remove the seeded rows first (`rampart seed --remove`).",
            )
        if one is not None and one.print != fingerprint(seeder):
            raise UsageError(
                f"seeder {seeder.name} cannot grow this database",
                "it was seeded with another declaration of that seeder, and tenants that are there never change",
                "Use the earlier declaration, or remove the seeded rows first (`rampart seed --remove`).",
            )
