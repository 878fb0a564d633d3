"""The INSERT … SELECT that copies a table's source rows for some rounds: no row leaves the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg import sql

from seeders.database.connect import Connection
from seeders.multiply._expression import filled
from seeders.multiply._groups import Numbered
from seeders.multiply._new_values import Renewal
from seeders.multiply._read_schema import STAGING
from seeders.multiply._roles import Chain, Place, Roles
from seeders.multiply._schema import SchemaColumn, SchemaTable
from seeders.multiply._stage import Staged, staged


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
    groups: Mapping[Numbered, str]  # columns with numbers that rows share
    harmless: frozenset[Place] = frozenset()  # columns whose source rows hold other values than the table

    def number_of(self, oid: int, chain: Chain, column: str) -> str:
        """The column of the source rows that counts what the renewed column at the end of a chain is made from."""
        own = self.staged.places[oid, chain] if chain else "rampart_ord"
        return self.groups.get((oid, chain, column), own)


# $1 and $2: the first and the last round; $3: how many of the tenants. Rounds are numbered from 0.
_INSERT = sql.SQL("""
INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE
SELECT {values} FROM (
    SELECT s.*, r.rampart_round FROM {staged} s, generate_series($1::bigint, $2::bigint) r(rampart_round)
    WHERE s.rampart_tenant < $3::bigint) s {pools}""")
# Each source row is read once, and all rounds of it follow: so tenants lie side by side, as those of an application do.
# Else the planner would put the rows into memory and read them again in each round, which takes longer.
ROW_BY_ROW = "SET LOCAL enable_material = off"


def insert(connection: Connection, recipe: Recipe, oid: int) -> str:
    """The statement, with the server's own parameters."""
    table = recipe.roles.schema.tables[oid]
    values = new_values(recipe, table)
    query = _INSERT.format(
        table=table.identifier,
        names=sql.SQL(", ").join(map(sql.Identifier, values)),
        values=sql.SQL(", ").join(values.values()),
        staged=staged(oid),
        pools=sql.SQL(" ").join(_pools(recipe, table)),
    )
    return query.as_string(connection)


_ROWS = sql.SQL("""
SELECT {values} FROM (SELECT s.*, r.rampart_round FROM {staged} s, ({rounds}) r(rampart_round)) s {pools}""")


def rows_of_rounds(recipe: Recipe, oid: int, rounds: sql.Composable) -> sql.Composed:
    """A query for the rows of these rounds as they would be written, their generated columns included."""
    table = recipe.roles.schema.tables[oid]
    values = [
        sql.SQL("{} AS {}").format(value, sql.Identifier(name)) for name, value in new_values(recipe, table).items()
    ]
    rows = _ROWS.format(
        values=sql.SQL(", ").join(values),
        staged=staged(oid),
        rounds=rounds,
        pools=sql.SQL(" ").join(_pools(recipe, table)),
    )
    generated = [
        sql.SQL(", ({}) AS {}").format(sql.SQL(column.generated), sql.Identifier(column.name))
        for column in table.columns.values() if column.generated is not None
    ]  # fmt: skip
    return sql.SQL("SELECT w.*{} FROM ({}) w").format(sql.Composed(generated), rows)


def new_values(recipe: Recipe, table: SchemaTable) -> dict[str, sql.Composable]:
    """What is written into each column that is not generated."""
    columns = [column for column in table.columns.values() if column.generated is None]
    return {column.name: _value(recipe, table, column) for column in columns}


def _value(recipe: Recipe, table: SchemaTable, column: SchemaColumn) -> sql.Composable:
    place = (table.oid, column.name)
    old, chain = sql.Identifier("s", column.name), recipe.roles.chains.get(place)
    fake = recipe.fakes.get(place)
    origin = (chain[-1].parent, _end(chain, column.name)) if chain else place
    if chain is not None and origin not in recipe.renewals:
        chain = None  # no row of that table is copied, so there is none to follow
    if chain:
        number = _number(recipe, origin[0], recipe.number_of(table.oid, chain, origin[1]))
        new = filled(recipe.renewals[origin].expression, _plain(recipe, origin, old), number)
        return sql.SQL("coalesce({}, {})").format(_cast(new, column), old)
    value = old if fake is None else sql.Identifier(_pool(column), "word")
    if chain is None:
        return old if fake is None else _unless_null(old, _fitting(value, column))
    new = filled(
        recipe.renewals[place].expression,
        _plain(recipe, place, value),
        _number(recipe, table.oid, recipe.number_of(table.oid, (), column.name)),
    )
    return _unless_null(old, _cast(new, column))


def _end(chain: Chain, column: str) -> str:
    for one in chain:
        column = one.target(column)
    return column


def _plain(recipe: Recipe, place: Place, value: sql.Composable) -> sql.Composable:
    is_text = recipe.roles.schema.tables[place[0]].columns[place[1]].category == "S"
    return sql.SQL("{}::text").format(value) if is_text else value


def _number(recipe: Recipe, oid: int, row: str = "rampart_ord") -> sql.Composed:
    return sql.SQL("s.rampart_round * {} + {}").format(recipe.staged.rows[oid], sql.Identifier("s", row))


def _unless_null(old: sql.Composable, new: sql.Composable) -> sql.Composed:
    return sql.SQL("CASE WHEN {} IS NOT NULL THEN {} END").format(old, new)


def _cast(value: sql.Composable, column: SchemaColumn) -> sql.Composed:
    return sql.SQL("({})::{}").format(value, sql.SQL(column.type))


def _fitting(value: sql.Composable, column: SchemaColumn) -> sql.Composed:
    cut = value if column.length is None else sql.SQL("left({}, {})").format(value, column.length)
    return _cast(cut, column)


def _pool(column: SchemaColumn) -> str:
    """What the statement calls the pool of a faked column: its own name may have no room for a letter more."""
    return f"f_{column.number}"


_JOIN = sql.SQL("JOIN {words} {pool} ON {pool}.number = (hashint8(({number}) * 1009 + {at}) & 2147483647) % {size}")


def _pools(recipe: Recipe, table: SchemaTable) -> list[sql.Composed]:
    """A join for every faked column; each draws for itself, by a hash of the row's number."""
    mine = [(table.columns[place[1]], fake) for place, fake in recipe.fakes.items() if place[0] == table.oid]
    return [
        _JOIN.format(
            words=sql.Identifier(STAGING, fake.table), pool=sql.Identifier(_pool(column)),
            number=_number(recipe, table.oid), at=at, size=fake.size,
        )
        for at, (column, fake) in enumerate(mine)
    ]  # fmt: skip
