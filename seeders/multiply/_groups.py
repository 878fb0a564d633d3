"""Values that stand in several rows of a key stay the same among those rows of a copy: versions of one document, say.

Every copy of a row has a number. Where the column that is renewed repeats its values, each row takes the number of the
first row with the same value, and so do the rows that refer to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql

from seeders.database.connect import Connection, scalar
from seeders.multiply._roles import Chain, Place, Roles
from seeders.multiply._stage import Staged, staged

Numbered = tuple[int, Chain, str]  # a table, the way from it to a renewed column (empty: its own), and that column


def group_numbers(connection: Connection, roles: Roles, counted: Staged) -> dict[Numbered, str]:
    """The columns, put beside the source rows, that hold such numbers."""
    found: dict[Numbered, str] = {}
    for index, (oid, column) in enumerate(sorted(roles.renewed)):
        if counted.rows.get(oid) and _may_repeat(roles, (oid, column)) and _repeats(connection, (oid, column)):
            name = f"rampart_g{index}"
            connection.execute(
                _FIRST.format(staged=staged(oid), column=sql.Identifier(column), name=sql.Identifier(name))
            )
            found[oid, (), column] = name
            found |= _followed(connection, roles, counted.places, (oid, column), name)
    return found


def _may_repeat(roles: Roles, place: Place) -> bool:
    table = roles.schema.tables[place[0]]
    alone = any(key.columns == (place[1],) for key in table.keys)
    return not alone and table.columns[place[1]].sequence is None


def _repeats(connection: Connection, place: Place) -> bool:
    query = sql.SQL("SELECT count({column}) > count(DISTINCT {column}) FROM {staged}")
    return bool(scalar(connection, query.format(column=sql.Identifier(place[1]), staged=staged(place[0]))))


_FIRST = sql.SQL("""
ALTER TABLE {staged} ADD {name} bigint;
UPDATE {staged} s SET {name} = f.first
FROM (SELECT {column} AS value, min(rampart_ord) AS first FROM {staged} GROUP BY 1) f WHERE f.value = s.{column}""")
_FOLLOW = sql.SQL("""
ALTER TABLE {child} ADD {name} bigint;
UPDATE {child} c SET {name} = p.{name} FROM {parent} p WHERE p.rampart_ord = c.{place}""")


def _followed(
    connection: Connection, roles: Roles, places: Mapping[tuple[int, Chain], str], origin: Place, name: str
) -> dict[Numbered, str]:
    """The same numbers beside the rows that refer to these."""
    ends = {
        (oid, chain) for (oid, column), chain in roles.chains.items() if chain and roles.origin((oid, column)) == origin
    }
    found: dict[Numbered, str] = {}
    for at, (child, chain) in enumerate(one for one in places if one in ends):
        beside = f"{name}_{at}"
        follow = _FOLLOW.format(
            child=staged(child), parent=staged(origin[0]), place=sql.Identifier(places[child, chain]),
            name=sql.Identifier(name),
        )  # fmt: skip
        connection.execute(follow)
        rename = sql.SQL("ALTER TABLE {} RENAME {} TO {}")
        connection.execute(rename.format(staged(child), sql.Identifier(name), sql.Identifier(beside)))
        found[child, chain, origin[1]] = beside
    return found
