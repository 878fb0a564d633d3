"""Whether the check constraints hold of the copies, tried on the first and the last copy of every source row."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql

from rampart.errors import UsageError
from seeders.database.connect import Connection
from seeders.multiply._schema import Check, SchemaTable
from seeders.multiply._statement import Recipe, rows_of_rounds


def check_checks(connection: Connection, recipe: Recipe, oid: int, rounds: int) -> None:
    """Refuse a growth of which a check constraint or a type would refuse a row. UsageError."""
    table = recipe.roles.schema.tables[oid]
    checks = list(_concerned(recipe, table))
    failing = [sql.SQL("count(*) FILTER (WHERE NOT ({}))").format(sql.SQL(one.expression)) for one in checks]
    rows = rows_of_rounds(recipe, oid, sql.SQL("VALUES (0), ({})").format(rounds - 1))
    # Every new value is computed, whether a check reads it or not: a type may refuse one.
    new = [sql.SQL("count({}::text)").format(sql.Identifier("t", name)) for name in _changed(recipe, table)]
    query = sql.SQL("SELECT {} FROM ({}) t").format(sql.SQL(", ").join([*failing, *new, sql.SQL("0")]), rows)
    try:
        with connection.transaction():
            counts = connection.execute(query).fetchone() or ()
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise _refused(table, str(error).splitlines()[0]) from error
    for one, count in zip(checks, counts, strict=False):
        if count:
            said = f"{one.name}, CHECK ({one.expression}), does not hold of the new values of {count:,} rows"
            raise _refused(table, said)


def _changed(recipe: Recipe, table: SchemaTable) -> list[str]:
    """The columns that are other in a copy, and those that are generated."""
    mine = {*recipe.roles.chains, *recipe.fakes, *recipe.harmless}
    return [name for name, one in table.columns.items() if one.generated is not None or (table.oid, name) in mine]


def _concerned(recipe: Recipe, table: SchemaTable) -> Iterator[Check]:
    """The checks that read a column which changes."""
    for one in table.checks:
        sources = {source for name in one.columns for source in table.sources(name)}
        changed = {*recipe.roles.chains, *recipe.fakes, *recipe.harmless}
        if any((table.oid, name) in changed for name in sources):
            yield one


def _refused(table: SchemaTable, why: str) -> UsageError:
    return UsageError(
        f"{table.label} would refuse the copies",
        why,
        "Say what a column's new values are (--set, with {value} and {number} in it), keep those of one that leads out "
        f"(--keep), grow to fewer tenants, or leave the table out: --without {table.label}.",
    )
