"""Indexes and foreign keys, taken off before a bulk load and put back exactly as they were.

Their definitions come from the catalog and are kept in `rampart_seed` from the transaction that drops them to the
one that makes them again. Unique constraints stay, for they may refuse a row. Primary keys go only where nothing but
our own tables refers to them (the caller has seen that the new keys are free). What cannot be restored exactly stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from seeders.database import state
from seeders.database.connect import Connection, qualified
from seeders.database.definitions import remember
from seeders.database.round_trip import survives

Row = tuple[str, int, str, str, str | None]

_INDEXES = """
SELECT format('index %%s', i.indexrelid::regclass), i.indrelid::bigint,
       format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid), NULL
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY(%s) AND NOT i.indisunique AND NOT i.indisexclusion AND NOT i.indisreplident
  AND NOT i.indisclustered AND i.indisvalid AND c.relkind = 'i' AND NOT c.relispartition AND c.reltablespace = 0
  AND obj_description(c.oid, 'pg_class') IS NULL AND c.relowner = current_user::regrole
  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0)"""
# A key is added unchecked, which is quick but locks both tables, and then validated, which locks nobody out.
_KEYS = """
SELECT format('key %%s %%I', conrelid::regclass, conname), conrelid::bigint,
       format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s%%s', conrelid::regclass, conname, pg_get_constraintdef(oid),
              CASE WHEN convalidated THEN ' NOT VALID' END),
       CASE WHEN convalidated THEN format('ALTER TABLE %%s VALIDATE CONSTRAINT %%I', conrelid::regclass, conname) END
FROM pg_constraint
WHERE conrelid = ANY(%s) AND contype = 'f' AND conparentid = 0 AND obj_description(oid, 'pg_constraint') IS NULL
  AND (SELECT relkind FROM pg_class WHERE oid = conrelid) = 'r'
  AND (SELECT relkind FROM pg_class WHERE oid = confrelid) = 'r'
  AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgconstraint = pg_constraint.oid AND t.tgenabled <> 'O')"""
_PRIMARY = """
SELECT format('primary %%s %%I', conrelid::regclass, conname), conrelid::bigint,
       format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(k.oid)), NULL
FROM pg_constraint k JOIN pg_index i ON i.indexrelid = conindid JOIN pg_class c ON c.oid = conindid
WHERE conrelid = ANY(%s) AND contype = 'p' AND conparentid = 0 AND NOT condeferrable AND c.relkind = 'i'
  AND c.reloptions IS NULL AND c.reltablespace = 0 AND NOT i.indisclustered AND NOT i.indisreplident
  AND obj_description(k.oid, 'pg_constraint') IS NULL AND obj_description(conindid, 'pg_class') IS NULL
  AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = k.conindid
                  AND (f.conrelid <> ALL(%s) OR f.conparentid <> 0
                       OR obj_description(f.oid, 'pg_constraint') IS NOT NULL))
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refobjid = k.oid AND d.classid = 'pg_rewrite'::regclass)
  AND NOT EXISTS (SELECT FROM pg_publication WHERE puballtables)
  AND NOT EXISTS (SELECT FROM pg_publication_rel WHERE prrelid = conrelid)"""
PHASES = ("primary", "index", "key", "valid")


@dataclass(frozen=True, slots=True)
class Detached:
    """One statement that puts back what was dropped, or checks it."""

    name: str  # begins with its phase
    table: int
    statement: str

    @property
    def phase(self) -> str:
        return self.name.split(" ", 1)[0]


def detach(connection: Connection, tables: Sequence[int], *, indexes: bool = True, keys: bool = True) -> None:
    """Drop `keys` (foreign and, with `indexes`, primary) and other `indexes` of the tables with these oids.

    Their definitions are recorded first, all or nothing, and those of all that the tables have, to be compared.
    """
    queries = [_KEYS] * keys + [_PRIMARY] * (keys and indexes) + [_INDEXES] * indexes
    found = _definitions(connection, tables, queries)
    with connection.transaction():
        remember(connection, tables)
        for name, table, drop, make, validate in found:
            state.put(connection, "detached", name, {"table": table, "statement": make})
            if validate:
                checked = name.replace("key", "valid", 1)
                state.put(connection, "detached", checked, {"table": table, "statement": validate})
            connection.execute(sql.SQL(drop))


def _definitions(connection: Connection, tables: Sequence[int], queries: Sequence[str]) -> list[Row]:
    with qualified(connection):
        rows: list[Row] = []
        for query in queries:
            rows += connection.execute(query, [list(tables)] * query.count("(%s)")).fetchall()
        return [row for row in rows if survives(connection, row[3])]


def keyed(connection: Connection, tables: Sequence[int]) -> bool:
    """Whether any of the tables refers to another now."""
    query = "SELECT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s))"
    return connection.execute(query, [list(tables)]).fetchone() == (True,)


def detached(connection: Connection) -> list[Detached]:
    """What waits to be put back, in the order in which that can be done."""
    query = "SELECT name, (value->>'table')::bigint, value->>'statement' FROM rampart_seed WHERE kind = 'detached'"
    found = [Detached(*row) for row in connection.execute(query)]
    return sorted(found, key=lambda one: (PHASES.index(one.phase), one.name))


def reattach(connection: Connection, one: Detached) -> None:
    """Put it back, unless a killed run's last statement has just done so (which is waited for)."""
    with connection.transaction():
        query = "DELETE FROM rampart_seed WHERE kind = 'detached' AND name = %s"
        if connection.execute(query, [one.name]).rowcount == 1:
            connection.execute(sql.SQL(one.statement))
