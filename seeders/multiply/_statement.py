"""The INSERT … SELECT that copies a table's source rows for some rounds: no row leaves the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seeders.multiply._new_values import Renewal
from seeders.multiply._read_schema import STAGING
from seeders.multiply._roles import Chain, Place, Roles
from seeders.multiply._schema import SchemaColumn, SchemaTable
from seeders.multiply._sql import filled, quoted
from seeders.multiply._stage import Staged, staged

FIRST, LAST, TENANTS = "{first}", "{last}", "{tenants}"  # tokens for the rounds and for how many of the tenants


@dataclass(frozen=True, slots=True)
class Fake:
    """A column whose values come from a pool."""

    table: str  # of the pool
    size: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides on the values of the copies."""

    roles: Roles
    staged: Staged
    renewals: Mapping[Place, Renewal]
    fakes: Mapping[Place, Fake]


def insert(recipe: Recipe, oid: int) -> str:
    """The statement, with tokens."""
    table = recipe.roles.schema.tables[oid]
    columns = [column for column in table.columns.values() if column.generated is None]
    names = ", ".join(quoted(column.name) for column in columns)
    values = ", ".join(_value(recipe, table, column) for column in columns)
    return f"""INSERT INTO {quoted(table.schema)}.{quoted(table.name)} ({names}) OVERRIDING SYSTEM VALUE
    SELECT {values} FROM (
        SELECT s.*, generate_series({FIRST}::bigint, {LAST}::bigint) AS rampart_round
        FROM {staged(oid)} s WHERE s.rampart_tenant < {TENANTS}) s {" ".join(_pools(recipe, oid))}"""


def _value(recipe: Recipe, table: SchemaTable, column: SchemaColumn) -> str:
    place = (table.oid, column.name)
    old, chain = f"s.{quoted(column.name)}", recipe.roles.chains.get(place)
    fake = recipe.fakes.get(place)
    if chain:
        origin = (chain[-1].parent, _end(chain, column.name))
        number = _number(recipe, origin[0], recipe.staged.places[table.oid, chain])
        new = filled(recipe.renewals[origin].expression, _plain(recipe, origin, old), number)
        return f"coalesce(({new})::{column.type}, {old})"
    value = old if fake is None else f"{_pool(place)}.word"
    if chain is None:
        return old if fake is None else _unless_null(old, _fitting(value, column))
    new = filled(recipe.renewals[place].expression, _plain(recipe, place, value), _number(recipe, table.oid))
    return _unless_null(old, f"({new})::{column.type}")


def _end(chain: Chain, column: str) -> str:
    for one in chain:
        column = one.target(column)
    return column


def _plain(recipe: Recipe, place: Place, value: str) -> str:
    is_text = recipe.roles.schema.tables[place[0]].columns[place[1]].category == "S"
    return f"{value}::text" if is_text else value


def _number(recipe: Recipe, oid: int, row: str = "rampart_ord") -> str:
    return f"s.rampart_round * {recipe.staged.rows[oid]} + s.{row}"


def _unless_null(old: str, new: str) -> str:
    return f"CASE WHEN {old} IS NOT NULL THEN {new} END"


def _fitting(value: str, column: SchemaColumn) -> str:
    return f"({value if column.length is None else f'left({value}, {column.length})'})::{column.type}"


def _pool(place: Place) -> str:
    return quoted(f"f_{place[1]}")


def _pools(recipe: Recipe, oid: int) -> list[str]:
    """A join for every faked column; each draws for itself, by a hash of the row's number."""
    mine = [(place, fake) for place, fake in recipe.fakes.items() if place[0] == oid]
    return [
        f"JOIN {STAGING}.{fake.table} {_pool(place)} ON {_pool(place)}.number = "
        f"(hashint8(({_number(recipe, oid)}) * 1009 + {index}) & 2147483647) % {fake.size}"
        for index, (place, fake) in enumerate(mine)
    ]
