"""Personal data is replaced on the way: values by Faker, made once, put beside the source rows, drawn in the server."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql

from rampart.errors import UsageError
from seeders.columns.vocabulary import pool
from seeders.database.connect import Connection
from seeders.multiply._read_schema import STAGING
from seeders.multiply._roles import Place, Roles
from seeders.multiply._statement import Fake

_SIZE = 5000


def fakes(connection: Connection, roles: Roles, wanted: Mapping[Place, str], locale: str) -> dict[Place, Fake]:
    """Put a pool of values into the server for each faked column of a copied table."""
    made: dict[str, Fake] = {}
    for place, provider in wanted.items():
        _check(roles, place)
        if provider not in made:
            made[provider] = _put(connection, f"w_{len(made)}", provider, locale)
    return {place: made[provider] for place, provider in wanted.items()}


def _check(roles: Roles, place: Place) -> None:
    table, column = roles.schema.tables[place[0]], place[1]
    name = f"{table.label}.{column}"
    if table.oid not in roles.copied:
        raise UsageError(f"{name} cannot be replaced", "its table is not copied", "Take it along: --with, or leave it.")
    if roles.chains.get(place) or any(column in one.parent_columns for one in roles.schema.below(table.oid)):
        raise UsageError(f"{name} cannot be replaced", "it is a part of a foreign key", "Replace another column.")


def _put(connection: Connection, table: str, provider: str, locale: str) -> Fake:
    words = pool((f"{{{{{provider}}}}}",), _SIZE, locale).words
    name = sql.Identifier(STAGING, table)
    connection.execute(sql.SQL("CREATE TABLE {} (number int PRIMARY KEY, word text NOT NULL)").format(name))
    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
        for row in enumerate(words):
            copy.write_row(row)
    connection.execute(sql.SQL("ANALYZE {}").format(name))
    return Fake(table, len(words))
