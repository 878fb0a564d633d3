"""Read a database's tables from its catalog. Partitions count as their table; our own tables are left out."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from psycopg import sql

from rampart.errors import UsageError, nearest
from seeders.database.connect import Connection, qualified
from seeders.multiply._inheritance import with_inherited
from seeders.multiply._schema import Check, Reference, Schema, SchemaColumn, SchemaTable, UniqueKey, mentioned

STAGING = "rampart_multiply"  # the schema that a growth under way keeps its source rows in

_TABLES = """
SELECT c.oid::bigint, n.nspname, c.relname, c.relkind = 'p' FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
  AND n.nspname NOT IN ('information_schema', 'rampart_multiply')
  AND c.relname NOT IN ('rampart_seed', 'rampart_marker')
ORDER BY n.nspname, c.relname"""
# A domain has its length and its kind from the type below it; a default draws from at most one sequence.
_COLUMNS = """
WITH RECURSIVE below AS (
    SELECT oid, oid AS base, typtype, typbasetype, typtypmod FROM pg_type
    UNION ALL SELECT b.oid, t.oid, t.typtype, t.typbasetype,
                     CASE WHEN b.typtypmod >= 0 THEN b.typtypmod ELSE t.typtypmod END
              FROM below b JOIN pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd')
SELECT a.attrelid::bigint, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), t.typname,
       CASE WHEN t.typtype = 'e' THEN 'E' ELSE t.typcategory::text END,
       CASE WHEN t.typname IN ('varchar', 'bpchar') AND greatest(a.atttypmod, b.typtypmod) > 4
            THEN greatest(a.atttypmod, b.typtypmod) - 4 END,
       CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
       (SELECT min(s.oid::regclass::text) FROM pg_class s JOIN pg_depend p ON p.refobjid = s.oid AND p.objid = d.oid
        WHERE s.relkind = 'S' AND p.classid = 'pg_attrdef'::regclass AND p.refclassid = 'pg_class'::regclass),
       (SELECT min(s.oid::regclass::text) FROM pg_class s JOIN pg_depend p ON p.objid = s.oid
        WHERE s.relkind = 'S' AND p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass
          AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.deptype IN ('a', 'i'))
FROM pg_attribute a JOIN below b ON b.oid = a.atttypid AND b.typtype <> 'd' JOIN pg_type t ON t.oid = b.base
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 3"""
# An index of a partition counts where it is not a part of its table's.
_KEYS = """
SELECT coalesce(pg_partition_root(i.indrelid), i.indrelid)::oid::bigint, i.indexrelid::regclass::text,
       ARRAY(SELECT CASE WHEN k = 0 THEN NULL ELSE (SELECT attname FROM pg_attribute
                    WHERE attrelid = i.indrelid AND attnum = k) END
             FROM unnest(i.indkey[0 : i.indnkeyatts - 1]) WITH ORDINALITY u(k, n) ORDER BY n)::text[],
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, n::int, true)
             FROM unnest(i.indkey[0 : i.indnkeyatts - 1]) WITH ORDINALITY u(k, n) WHERE k = 0),
       CASE WHEN i.indisprimary THEN 'primary' WHEN i.indisexclusion AND NOT w.period THEN 'exclusion'
            ELSE 'unique' END,
       coalesce((to_jsonb(i)->>'indnullsnotdistinct')::boolean, false), NOT i.indimmediate, w.period,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, i.indnkeyatts) n),
       coalesce(w.operators, '{}'), pg_get_expr(i.indpred, i.indrelid)
FROM pg_index i, LATERAL (
    SELECT coalesce(bool_or((to_jsonb(o)->>'conperiod')::boolean), false) AS period, max(ARRAY(
        SELECT format('OPERATOR(%%I.%%s)', n.nspname, p.oprname) FROM unnest(o.conexclop) WITH ORDINALITY u(p, at)
        JOIN pg_operator p ON p.oid = u.p JOIN pg_namespace n ON n.oid = p.oprnamespace ORDER BY at))
        FILTER (WHERE o.conexclop IS NOT NULL) AS operators
    FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x')) w
WHERE (i.indisunique OR i.indisexclusion)
  AND coalesce(pg_partition_root(i.indrelid), i.indrelid)::oid = ANY(%s)
  AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
ORDER BY i.indisprimary DESC, 2"""
# Those that can be tried without a trace: none that draws from a sequence, or calls what may write.
_CHECKS = """
SELECT conrelid::bigint, conname, pg_get_expr(conbin, conrelid) FROM pg_constraint c
WHERE contype = 'c' AND conrelid = ANY(%s) AND pg_get_expr(conbin, conrelid) !~ '(nextval|setval)\\('
  AND NOT EXISTS (
      SELECT FROM pg_depend d JOIN pg_proc p ON p.oid = d.refobjid AND p.provolatile = 'v'
      WHERE d.objid = c.oid AND d.classid = 'pg_constraint'::regclass AND d.refclassid = 'pg_proc'::regclass)
ORDER BY 2"""
_REFERENCES = """
SELECT conname, coalesce(pg_partition_root(conrelid), conrelid)::oid::bigint,
       ARRAY(SELECT attname FROM unnest(conkey) WITH ORDINALITY u(k, n)
             JOIN pg_attribute ON attrelid = conrelid AND attnum = k ORDER BY n)::text[],
       coalesce(pg_partition_root(confrelid), confrelid)::oid::bigint,
       ARRAY(SELECT attname FROM unnest(confkey) WITH ORDINALITY u(k, n)
             JOIN pg_attribute ON attrelid = confrelid AND attnum = k ORDER BY n)::text[], convalidated, false,
       coalesce((to_jsonb(f)->>'conperiod')::boolean, false)
FROM pg_constraint f WHERE contype = 'f' AND conparentid = 0 ORDER BY 2, 1"""


def read_schema(connection: Connection, links: tuple[str, ...] = ()) -> Schema:
    """The whole database; `links` such as `"app.orders.user=app.users.id"` stand for foreign keys that it lacks."""
    with qualified(connection):
        schema = with_inherited(connection, _read(connection))
    declared = tuple(_link(schema, text) for text in links)
    return Schema(schema.tables, (*schema.references, *declared))


def _read(connection: Connection) -> Schema:
    heads = connection.execute(_TABLES).fetchall()
    oids = [row[0] for row in heads]
    columns: dict[int, dict[str, SchemaColumn]] = defaultdict(dict)
    for oid, *rest, default, owned in connection.execute(_COLUMNS, [oids]):
        columns[oid][rest[0]] = SchemaColumn(*(*rest, default or owned))
    keys, checks = defaultdict(list), defaultdict(list)
    for oid, *rest in connection.execute(_KEYS, [oids]):
        keys[oid].append(_key(columns[oid], *rest))
    for oid, name, expression in connection.execute(_CHECKS, [oids]):
        checks[oid].append(Check(name, mentioned(expression, columns[oid]), expression))
    tables = {
        oid: SchemaTable(oid, schema, name, partitioned, columns[oid], tuple(keys[oid]), tuple(checks[oid]))
        for oid, schema, name, partitioned in heads
    }
    found = [Reference(n, c, tuple(cc), p, tuple(pc), *v) for n, c, cc, p, pc, *v in connection.execute(_REFERENCES)]
    return Schema(tables, tuple(one for one in found if one.child in tables and one.parent in tables))


def _key(
    columns: dict[str, SchemaColumn], name: str, plain: list[str | None], expressions: list[str], kind: str, *flags: Any
) -> UniqueKey:
    read = [column for text in expressions for column in mentioned(text, columns)]
    nulls_equal, deferrable, period, elements, operators, predicate = flags
    both = dict.fromkeys([*(one for one in plain if one is not None), *read])
    return UniqueKey(name, tuple(both), kind, not nulls_equal, deferrable, not expressions, period,
                     tuple(elements), tuple(operators), predicate)  # fmt: skip


def find_table(schema: Schema, name: str) -> SchemaTable:
    """`schema.table`, or `table` where only one schema has it."""
    found = [one for one in schema.tables.values() if name in (one.label, one.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{name} is not clear", "several schemas have it", f"Say which: {found[0].label}, …")
    known = [one.label for one in schema.tables.values()]
    raise UsageError(f"there is no table {name}", "the database has none of that name", nearest(name, known))


def find_column(schema: Schema, name: str) -> tuple[SchemaTable, SchemaColumn]:
    """`schema.table.column` or `table.column`."""
    of, _, column = name.rpartition(".")
    if not of:
        raise UsageError(f"{name!r} names no column", "TABLE.COLUMN is wanted", "For instance users.email.")
    table = find_table(schema, of)
    if column not in table.columns:
        raise UsageError(
            f"there is no column {name}", f"{table.label} has none of that name", nearest(column, table.columns)
        )
    return table, table.columns[column]


def _link(schema: Schema, text: str) -> Reference:
    left, _, right = text.partition("=")
    child, column = find_column(schema, left)
    parent, target = find_column(schema, right)
    if not any(key.columns == (target.name,) and key.kind != "exclusion" for key in parent.keys):
        raise UsageError(
            f"--link {text} leads to no single row",
            f"{parent.label} has no unique key on {target.name} alone",
            "Link to a primary key or a unique column.",
        )
    return Reference(f"link {text}", child.oid, (column.name,), parent.oid, (target.name,), True, declared=True)


def quoted(table: SchemaTable) -> sql.Literal:
    """The table's name as a value."""
    return sql.Literal(table.label)
