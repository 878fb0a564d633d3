"""What was copied into a database, and how the copying under way goes on: entries of the table `rampart_seed`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rampart.model import JSON
from seeders.database import state
from seeders.database.connect import Connection

_KIND = "multiply"


@dataclass(frozen=True, slots=True)
class Owned:
    """Keys of copies, by which all of them are found again: the root's and those of tables taken along."""

    schema: str
    table: str
    column: str
    low: int | None  # the first of `count` consecutive numbers; None: they are made by `expression`
    count: int
    expression: str  # in {value} and {number}
    type: str
    values: list[str] | None  # the old values, by number, where the expression needs them
    stride: int  # source rows: number // stride is the round, number % stride the place in `values`


@dataclass(frozen=True, slots=True)
class CopyStep:
    """One growth: so many rounds of all source tenants, and one of the first few of them."""

    number: int
    root: str
    sources: int  # tenants that are copied
    before: int  # tenants that there were, copies included
    to: int
    rounds: int  # in full
    rest: int  # tenants in the last round
    batch: int  # rounds in a transaction
    inserts: list[list[str]]  # table and statement, parents first
    tables: list[int]  # oids of the tables that get rows
    rows: dict[str, int]  # that are added, by table
    sequences: dict[str, int]  # the value that each must have reached
    references: list[str]  # declared by the caller
    mode: str  # "bulk", "in place"
    reason: str
    owned: list[Owned]
    done: bool = False
    rows_per_s: float | None = None
    sure: list[str] = field(default_factory=list)  # unique indexes that no copy can violate
    keys: list[list[Any]] = field(default_factory=list)  # foreign keys at these tables, as `Reference` has them
    harmless: dict[str, str] = field(default_factory=dict)  # column: what it held that is replaced; never a value
    database: str = ""  # how it is known that the application uses it

    @property
    def copies(self) -> int:
        return self.rounds * self.sources + self.rest

    @property
    def last_round(self) -> int:
        return self.rounds + (self.rest > 0) - 1


def steps(connection: Connection) -> list[CopyStep]:
    """All growths of this database, oldest first; the last may be under way."""
    if not state.exists(connection):
        return []
    query = "SELECT value FROM rampart_seed WHERE kind = %s ORDER BY name::int"
    return [_read(row[0]) for row in connection.execute(query, [_KIND])]


def _read(value: dict[str, Any]) -> CopyStep:
    return CopyStep(**{**value, "owned": [Owned(**one) for one in value["owned"]]})


def write(connection: Connection, step: CopyStep) -> None:
    state.put(connection, _KIND, str(step.number), asdict(step))


def finish(connection: Connection, step: CopyStep, rows_per_s: float | None) -> CopyStep:
    """The growth has ended; its batches are forgotten."""
    done = replace(step, done=True, inserts=[], rows_per_s=rows_per_s)
    write(connection, done)
    state.forget_slices(connection, _prefix(step))
    return done


def claim(connection: Connection, step: CopyStep, batch: int) -> bool:
    """Take a batch, in the transaction that writes it; False where it is there already."""
    return state.claim(connection, f"{_prefix(step)}{batch}")


def claimed(connection: Connection, step: CopyStep) -> set[int]:
    """The batches that are there."""
    return set(map(int, state.claimed(connection, _prefix(step))))


def _prefix(step: CopyStep) -> str:
    return f"multiply {step.number}/"


def forget(connection: Connection) -> None:
    """Nothing of ours is left."""
    connection.execute("DELETE FROM rampart_seed WHERE kind = %s", [_KIND])
    state.forget_slices(connection, "multiply ")
    state.drop_if_empty(connection)


def hush(connection: Connection, name: str, statement: str) -> None:
    """Record what wakes a trigger again."""
    entry: JSON = {"statement": statement}
    state.put(connection, "hushed", name, entry)


def hushed(connection: Connection) -> list[tuple[str, str]]:
    query = "SELECT name, value->>'statement' FROM rampart_seed WHERE kind = 'hushed' ORDER BY name"
    return [(name, statement) for name, statement in connection.execute(query)]
