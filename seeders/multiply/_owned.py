"""By which keys the copies are found again: the root's, and those of the tables that were taken along.

All other copies hang on these. Keys that are numbers are a range above all that the table held; others are made again
from their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psycopg import sql

from rampart.errors import UsageError
from seeders.database.connect import Connection
from seeders.multiply._expression import filled
from seeders.multiply._journal import CopyStep, Owned
from seeders.multiply._new_values import Renewal
from seeders.multiply._roles import Place, Roles
from seeders.multiply._schema import SchemaColumn, SchemaTable
from seeders.multiply._stage import Staged, staged


def owned_of(
    connection: Connection, roles: Roles, counted: Staged, renewals: Mapping[Place, Renewal],
    given: Mapping[Place, str], rounds: int,
) -> list[Owned]:  # fmt: skip
    """For the root and each table taken along; UsageError where the keys could not be told from others."""
    tables = [roles.schema.tables[oid] for oid in (roles.root, *sorted(roles.along)) if counted.rows[oid]]
    return [_owned(connection, roles, counted, table, renewals, given, rounds) for table in tables]


def _owned(
    connection: Connection, roles: Roles, counted: Staged, table: SchemaTable, renewals: Mapping[Place, Renewal],
    given: Mapping[Place, str], rounds: int,
) -> Owned:  # fmt: skip
    for key in table.keys:
        for name in key.columns:
            place = roles.origin((table.oid, name))
            if place in renewals and place not in given and key.kind != "exclusion":
                stride, renewal = counted.rows[place[0]], renewals[place]
                values = _values(connection, place) if renewal.of_value else None
                return Owned(table.schema, table.name, name, renewal.low, rounds * stride, renewal.expression,
                             roles.schema.tables[place[0]].columns[place[1]].type, values, stride)  # fmt: skip
    raise UsageError(
        f"copies in {table.label} could not be removed again",
        "it has no unique key of which new values are known beforehand",
        "Give it a primary key, or do not --set the one that it has.",
    )


def _values(connection: Connection, place: Place) -> list[str]:
    query = sql.SQL("SELECT {}::text FROM {} ORDER BY rampart_ord")
    return [row[0] for row in connection.execute(query.format(sql.Identifier(place[1]), staged(place[0])))]


def root_condition(steps: Sequence[CopyStep], root: SchemaTable) -> sql.Composable:
    """SQL that is true of the root's rows that are copies."""
    mine = [one for step in steps for one in step.owned if (one.schema, one.table) == (root.schema, root.name)]
    found = [sql.SQL("({})").format(condition(one, root.columns[one.column])) for one in mine]
    return sql.SQL(" OR ").join(found) if found else sql.SQL("false")


def condition(one: Owned, column: SchemaColumn) -> sql.Composed:
    """SQL that is true of the rows with an owned key."""
    name = sql.Identifier(column.name)
    if one.low is not None:
        return sql.SQL("{name} >= {low} AND {name} < {end}").format(name=name, low=one.low, end=one.low + one.count)
    made = filled(one.expression, sql.SQL("v.value"), sql.SQL("n.number"))
    return sql.SQL("{} IN (SELECT ({})::{} {})").format(name, made, sql.SQL(column.type), _numbers(one))


def _numbers(one: Owned) -> sql.Composed:
    numbers = sql.SQL("FROM generate_series(0, {}::bigint) n(number)").format(one.count - 1)
    if one.values is None:
        return numbers + sql.SQL(", (VALUES (NULL::text)) v(value)")
    values = sql.SQL("JOIN unnest(ARRAY[{}]::text[]) WITH ORDINALITY v(value, place) ON v.place - 1 = n.number % {}")
    return sql.SQL("{} {}").format(numbers, values.format(sql.SQL(", ").join(map(sql.Literal, one.values)), one.stride))
