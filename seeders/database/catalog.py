"""What both ways of seeding ask of the target's catalog."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from rampart.errors import NotReady
from seeders.database.connect import Connection, scalar, scalars


def identifier(name: str) -> sql.Identifier:
    """`table` or `schema.table` as SQL."""
    return sql.Identifier(*name.split("."))


def check_marker(connection: Connection, marker: str) -> None:
    """Refuse a database that does not say that it may be seeded."""
    exists = scalar(connection, "SELECT to_regclass('rampart_marker') IS NOT NULL")
    if not exists and "rampart_marker" in marker:
        raise NotReady(
            "the database does not say that it may be seeded",
            "it has no table rampart_marker",
            "If it is yours to fill: CREATE TABLE rampart_marker (may_be_load_tested boolean NOT NULL); "
            "INSERT INTO rampart_marker VALUES (true);",
        )
    if scalar(connection, sql.SQL(marker)) is not True:
        raise NotReady(
            "the database does not say that it may be seeded",
            f"its marker ({marker}) is not true",
            "Check that this is the database that you mean; if so, set its marker.",
        )


def count(connection: Connection, tables: Sequence[sql.Identifier]) -> list[int]:
    """Rows of each table, counted."""
    query = sql.SQL("SELECT count(*) FROM {}")
    return scalars(connection, [query.format(table) for table in tables])
