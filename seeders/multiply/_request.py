"""What the caller asks for, in words, and what those words mean in this database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rampart.errors import UsageError
from seeders.multiply._guess_root import guess_root
from seeders.multiply._read_schema import find_column, find_table
from seeders.multiply._roles import Place, Wish
from seeders.multiply._schema import Schema

DEFAULT_MARKER = "SELECT may_be_load_tested FROM rampart_marker"


@dataclass(frozen=True, slots=True)
class Request:
    """How a database should be multiplied. Tables are `schema.table` or `table`, columns `table.column`."""

    tenants: int  # that it should hold, real ones and copies
    root: str | None = None  # the table with one row for each tenant; None: guessed
    where: str = "true"  # SQL: the root's rows that are tenants
    along: tuple[str, ...] = ()  # tables that tenants refer to, copied with them
    without: tuple[str, ...] = ()  # tables that are left out
    links: tuple[str, ...] = ()  # "table.column=table.column": foreign keys that the database lacks
    fakes: Mapping[str, str] = field(default_factory=dict)  # column: a provider of Faker
    given: Mapping[str, str] = field(default_factory=dict)  # column: SQL for its new values
    keep: tuple[str, ...] = ()  # columns whose mail addresses, tokens and the like are copied as they are
    locale: str = "en_US"
    marker: str = DEFAULT_MARKER


@dataclass(frozen=True, slots=True)
class Meaning:
    """A request, looked up."""

    wish: Wish
    fakes: Mapping[Place, str]
    given: Mapping[Place, str]
    kept: frozenset[Place] = frozenset()


def meaning(schema: Schema, request: Request, root_before: str | None) -> Meaning:
    """Look the words up; UsageError where the database has none of that name, or another root was multiplied."""
    named = request.root or root_before
    root = find_table(schema, named) if named else guess_root(schema)
    if root_before not in (None, root.label):
        raise UsageError(
            f"{root.label} cannot be multiplied",
            f"this database holds copies of tenants of {root_before}",
            "Remove those first: rampart seed --remove.",
        )
    fakes, given = _places(schema, request.fakes), _places(schema, request.given)
    along, without = (frozenset(find_table(schema, n).oid for n in names) for names in (request.along, request.without))
    kept = frozenset((table.oid, column.name) for table, column in (find_column(schema, n) for n in request.keep))
    return Meaning(Wish(root.oid, along, without, frozenset(given)), fakes, given, kept)


def _places(schema: Schema, words: Mapping[str, str]) -> dict[Place, str]:
    found = {}
    for name, value in words.items():
        table, column = find_column(schema, name)
        if column.generated is not None:
            raise UsageError(f"{name} cannot be given values", "it is a generated column", "Name its source columns.")
        found[table.oid, column.name] = value
    return found
