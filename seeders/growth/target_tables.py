"""The tables of a seeder, looked up in the target."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from rampart.errors import NotReady, UsageError, nearest
from seeders.database.catalog import identifier
from seeders.database.connect import Connection, scalar
from seeders.declaration.declare import Seeder, Table


@dataclass(frozen=True, slots=True)
class Found:
    """A declared table as it is in the target."""

    table: Table
    oid: int
    columns: tuple[tuple[str, str], ...]  # name and Postgres type, in the order in which they are copied

    @property
    def name(self) -> sql.Identifier:
        return identifier(self.table.name)


_COLUMNS = """
SELECT a.attname, CASE WHEN t.typtype = 'e' OR b.typtype = 'e' THEN 'enum' ELSE coalesce(b.typname, t.typname) END,
       a.attnotnull AND NOT a.atthasdef AND a.attidentity = '', a.attgenerated <> ''
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped"""


def look_up(connection: Connection, seeder: Seeder) -> list[Found]:
    """The seeder's tables in the target; NotReady where a table or column is missing or a column would stay empty."""
    return [_found(connection, seeder, table) for table in seeder.tables]


def _found(connection: Connection, seeder: Seeder, table: Table) -> Found:
    oid = scalar(connection, "SELECT to_regclass(%s)::oid::bigint", [identifier(table.name).as_string(connection)])
    if oid is None:
        raise NotReady(
            f"seeder {seeder.name} has no table {table.name} to fill",
            "the database has none of that name on its search path",
            "Create the schema first (run the application's migrations), or correct the seeder.",
        )
    there = {name: (kind, needed, made) for name, kind, needed, made in connection.execute(_COLUMNS, [oid]).fetchall()}
    for name in table.columns:
        if name not in there:
            raise NotReady(
                f"seeder {seeder.name} cannot fill {table.name}.{name}",
                "the table has no such column",
                f"{nearest(name, there)} Correct the seeder, or run the application's migrations.",
            )
    forgotten = [name for name, (_, needed, made) in there.items() if needed and not made and name not in table.columns]
    if forgotten:
        raise UsageError(
            f"seeder {seeder.name} cannot fill {table.name}",
            f"{', '.join(forgotten)} must have a value and has no default",
            "Declare it in the seeder.",
        )
    return Found(table, int(oid), tuple((name, there[name][0]) for name in table.columns))
