"""What a rehearsal compares: rows, definitions, sequences, and which tables this transaction has written to."""

from __future__ import annotations

from collections.abc import Collection

from psycopg import sql

from seeders.database.connect import Connection, qualified, scalars
from seeders.database.definitions import definitions
from seeders.multiply._read_schema import STAGING
from seeders.multiply._schema import Schema

# A row that is not changed stays where it is, and an update or a new row is never put there in the same transaction.
_ROWS = sql.SQL(
    "SELECT ARRAY[count(*), coalesce(sum(hashtextextended(tableoid || ' ' || ctid, 0)::numeric), 0)] FROM {}"
)
_SILENT = """
SELECT format('trigger %%I on %%s', g.tgname, tgrelid::regclass), pg_get_triggerdef(g.oid) || tgenabled::text
FROM pg_trigger g WHERE tgrelid = ANY(%s) AND NOT tgisinternal UNION ALL
SELECT format('rule %%I on %%s', rulename, ev_class::regclass), ev_enabled::text
FROM pg_rewrite WHERE ev_class = ANY(%s)"""
_WRITTEN = """
SELECT coalesce(pg_partition_root(relid), relid)::oid::bigint, schemaname || '.' || relname
FROM pg_stat_xact_user_tables
WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND schemaname <> %s AND schemaname !~ '^pg_' AND relname <> 'rampart_seed'
ORDER BY 2"""

Rows = dict[str, tuple[int, int]]


def rows_now(connection: Connection, schema: Schema, tables: Collection[int]) -> Rows:
    """How many rows each table has, and a checksum of where they are."""
    looked = [schema.tables[oid] for oid in tables]
    found = scalars(connection, [_ROWS.format(table.rows) for table in looked])
    return {table.label: (int(count), int(places)) for table, (count, places) in zip(looked, found, strict=True)}


def definitions_now(connection: Connection, tables: Collection[int]) -> dict[str, str]:
    """Every index and constraint, and the triggers and rules of the tables."""
    with qualified(connection):
        silent = connection.execute(_SILENT, [list(tables)] * 2).fetchall()
        found = {**definitions(connection), **dict(silent)}
    return {name: text for name, text in found.items() if f" {STAGING}." not in name}


def sequences_now(connection: Connection) -> dict[str, int | None]:
    """Where every sequence stands; None: it was never drawn from, or this role may not look."""
    query = "SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences"
    return dict(connection.execute(query).fetchall())


def written_elsewhere(connection: Connection, tables: Collection[int]) -> list[str]:
    """Tables beside these in which the transaction under way has written."""
    found = connection.execute(_WRITTEN, [STAGING]).fetchall()
    return [label for oid, label in found if oid not in tables]
