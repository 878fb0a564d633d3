"""Unique keys, taken off for a bulk growth where the growth itself makes sure that no copy's key is there already.

They are recorded and restored as `seeders/database/detach.py` does it with primary keys, and building them again proves
them. New texts have numbers in them too. Those keys stay that a caller's expression, an expression index or a deferred
check decides on: they may refuse a copy.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from psycopg import sql

from seeders.database import state
from seeders.database.connect import Connection, qualified
from seeders.database.round_trip import survives
from seeders.multiply._roles import Place, Roles
from seeders.multiply._schema import SchemaTable, UniqueKey

_TEXTS = {"text", "varchar", "bpchar"}
_CONSTRAINTS = """
SELECT format('primary %%s %%I', k.conrelid::regclass, k.conname), k.conrelid::bigint,
       format('ALTER TABLE %%s DROP CONSTRAINT %%I', k.conrelid::regclass, k.conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
FROM wanted i JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
WHERE k.conparentid = 0 AND NOT k.condeferrable AND obj_description(k.oid, 'pg_constraint') IS NULL
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refobjid = k.oid AND d.classid = 'pg_rewrite'::regclass)"""
_INDEXES = """
SELECT format('primary %%s', i.indexrelid::regclass), i.indrelid::bigint,
       format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
FROM wanted i WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)"""
# What could not be restored exactly stays, and so does what a foreign key needs that was not taken off.
_WANTED = """
WITH wanted AS (
    SELECT i.* FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    WHERE i.indexrelid = ANY(SELECT to_regclass(name) FROM unnest(%s::text[]) name)
      AND c.relkind = 'i' AND NOT c.relispartition AND NOT t.relispartition AND i.indisvalid
      AND c.reloptions IS NULL AND c.reltablespace = 0 AND NOT i.indisclustered AND NOT i.indisreplident
      AND obj_description(c.oid, 'pg_class') IS NULL AND pg_has_role(c.relowner, 'USAGE')
      AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.oid)
      AND NOT EXISTS (SELECT FROM pg_collation o WHERE o.oid = ANY(i.indcollation) AND NOT o.collisdeterministic)
      AND NOT EXISTS (SELECT FROM pg_publication WHERE puballtables)
      AND NOT EXISTS (SELECT FROM pg_publication_rel WHERE prrelid = i.indrelid))"""


def sure_keys(roles: Roles, tables: Collection[int], given: Mapping[Place, str]) -> list[str]:
    """The unique indexes that no copy can violate: one column of each is new by a number or an identifier of ours."""
    found = []
    for oid in tables:
        table = roles.schema.tables[oid]
        found += [key.name for key in table.keys if _is_sure(roles, table, key, given)]
    return found


def _is_sure(roles: Roles, table: SchemaTable, key: UniqueKey, given: Mapping[Place, str]) -> bool:
    if key.kind == "exclusion" or key.period or key.inherited or key.deferrable or not key.plain or table.partitioned:
        return False
    origins = [roles.origin((table.oid, column)) for column in key.columns if (table.oid, column) in roles.chains]
    return any(origin not in given and _is_told_apart(roles, origin) for origin in origins)


def _is_told_apart(roles: Roles, origin: Place) -> bool:
    """Whether two new values are equal only if their numbers are: not where letters of either case are the same."""
    column = roles.schema.tables[origin[0]].columns[origin[1]]
    return column.category != "S" or column.base in _TEXTS


def altered(connection: Connection, tables: Collection[int]) -> list[int]:
    """Those of the tables that this role may alter."""
    query = "SELECT oid::bigint FROM pg_class WHERE oid = ANY(%s) AND pg_has_role(relowner, 'USAGE') ORDER BY 1"
    return [oid for (oid,) in connection.execute(query, [list(tables)])]


def detach_unique(connection: Connection, names: Sequence[str]) -> None:
    """Drop these unique indexes, recorded first, all or nothing; foreign keys to them must be off, or they stay."""
    with connection.transaction():
        found = []
        with qualified(connection):
            for query in (_CONSTRAINTS, _INDEXES):
                rows = connection.execute(_WANTED + query, [list(names)]).fetchall()
                found += [row for row in rows if survives(connection, row[3])]
        for name, table, drop, make in found:
            state.put(connection, "detached", name, {"table": table, "statement": make})
            connection.execute(sql.SQL(drop))
