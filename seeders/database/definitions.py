"""Indexes and constraints as the catalog defines them, to be compared with an earlier look; nobody else's are touched.

Seeding records those of its tables in `rampart_seed` before it takes the first of them off, and compares when all are
back: what an interruption has lost is told, with the statement that makes it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psycopg.types.json import Jsonb

from rampart.errors import Incomplete
from seeders.database.connect import Connection, qualified

_SHOWN = 5  # of what is missing
_DEFINED = """
SELECT i.indrelid::bigint, format('index %%s', i.indexrelid::regclass),
       pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {scope} AND n.nspname !~ '^(pg_|information_schema$)' AND c.relname !~ '^rampart_'
UNION ALL
SELECT k.conrelid::bigint, format('constraint %%s %%I', k.conrelid::regclass, k.conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
WHERE {scope_of_constraints} AND k.contype IN ('p', 'u', 'f', 'x', 'c')
  AND n.nspname !~ '^(pg_|information_schema$)' AND k.conname !~ '^rampart_'"""
_OF_TABLES = _DEFINED.format(scope="i.indrelid = ANY(%s)", scope_of_constraints="k.conrelid = ANY(%s)")
_OF_ALL = _DEFINED.format(scope="true", scope_of_constraints="k.conrelid <> 0").replace("%%", "%")

Definitions = Mapping[str, str]  # "index public.users_by_mail": the statement that makes it


def definitions(connection: Connection) -> dict[str, str]:
    """Of all tables of the database."""
    with qualified(connection):
        return {name: text for _, name, text in connection.execute(_OF_ALL.encode()).fetchall()}


def remember(connection: Connection, tables: Sequence[int]) -> None:
    """Record those of the tables with these oids, unless an interrupted growth has; before the first comes off."""
    found: dict[int, dict[str, str]] = {oid: {} for oid in tables}
    with qualified(connection):
        rows = connection.execute(_OF_TABLES.encode(), [list(tables), list(tables)]).fetchall()
    for oid, name, text in rows:
        found[oid][name] = text
    query = "INSERT INTO rampart_seed VALUES ('before', %s, %s) ON CONFLICT DO NOTHING"
    for oid, defined in found.items():
        connection.execute(query, [str(oid), Jsonb(defined)])


def compared(connection: Connection) -> int:
    """How many are as they were recorded, all of them; the record ends with that.

    Incomplete, once, where some are not: somebody else may have dropped them, so that they are told and not made.
    """
    with connection.transaction():
        rows = connection.execute("DELETE FROM rampart_seed WHERE kind = 'before' RETURNING value").fetchall()
        now = definitions(connection) if rows else {}
    before = {name: text for (one,) in rows for name, text in one.items()}
    gone = [text for name, text in before.items() if now.get(name) != text]
    if gone:
        more = f" and {len(gone) - _SHOWN} more" if len(gone) > _SHOWN else ""
        raise Incomplete(
            f"{len(gone)} of {len(before)} indexes and constraints are not as they were before the growth",
            f"somebody may have changed them meanwhile; they were: {'; '.join(gone[:_SHOWN])}{more}",
            "Make those again that the application still needs.",
        )
    return len(before)
