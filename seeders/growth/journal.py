"""What a seeder has put into the target: the level that it holds, and the growth under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b

from rampart.errors import UsageError
from rampart.model import JSON
from seeders.database import state
from seeders.database.connect import Connection
from seeders.declaration.declare import Seeder

_LAYOUT = 3  # raise it when the same declaration and seed would give other rows


@dataclass(frozen=True, slots=True)
class SeededLevel:
    """What the target holds in full."""

    tenants: int
    seed: int
    first_key: int
    print: str  # of the declaration: other rows would not fit to those that are there
    rows_per_s: float | None = None  # of the last large growth, for the next plan
    database: str = ""  # how it was known that the application uses it, when it was last grown


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
    database: str = ""  # how it is known that the application uses it


def reached(step: GrowthStep, rows_per_s: float | None) -> SeededLevel:
    """The level that a growth ends at."""
    return SeededLevel(step.to, step.seed, step.first_key, step.print, rows_per_s, step.database)


def fingerprint(seeder: Seeder) -> str:
    """Of everything in a declaration that decides on keys and values."""
    parts = [_LAYOUT, seeder.name, seeder.first_key, seeder.locale, seeder.sizes, seeder.tables]
    return blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def level(connection: Connection, seeder: Seeder) -> SeededLevel | None:
    """What the target holds in full of this seeder."""
    value = state.get(connection, "level", seeder.name)
    return None if value is None else SeededLevel(**value)


def step(connection: Connection, seeder: Seeder) -> GrowthStep | None:
    """The growth of this seeder that was begun and has not ended."""
    value = state.get(connection, "step", seeder.name)
    return None if value is None else GrowthStep(**value)


def begin(connection: Connection, seeder: Seeder, new: GrowthStep) -> None:
    """Record a growth before its first row."""
    state.put(connection, "step", seeder.name, asdict(new))


def claim(connection: Connection, seeder: Seeder, slice_name: str) -> bool:
    """Take a slice, in the transaction that writes it; False where it is there already."""
    return state.claim(connection, f"{seeder.name} {slice_name}")


def claimed(connection: Connection, seeder: Seeder) -> set[str]:
    """The slices that are there."""
    return state.claimed(connection, f"{seeder.name} ")


def finish(connection: Connection, seeder: Seeder, level: SeededLevel) -> None:
    """A growth has ended: its level holds, its slices are forgotten."""
    with connection.transaction():
        forget(connection, seeder)
        state.put(connection, "level", seeder.name, asdict(level))


def forget(connection: Connection, seeder: Seeder) -> None:
    """Delete all entries of a seeder, but for what waits to be put back."""
    connection.execute("DELETE FROM rampart_seed WHERE kind IN ('level', 'step') AND name = %s", [seeder.name])
    state.forget_slices(connection, f"{seeder.name} ")


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
