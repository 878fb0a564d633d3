"""Whether there is a partition for every copy: where each tenant has one and there is no default, copies have none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from psycopg import sql

from rampart.errors import NotReady
from seeders.database.connect import Connection, qualified, scalar
from seeders.multiply._schema import SchemaTable, mentioned
from seeders.multiply._statement import Recipe, rows_of_rounds

_TRIED_ROWS = 200_000  # of a table's copies; of more, rounds evenly apart are tried

_NODES = """
SELECT format('%%I.%%I', n.nspname, c.relname), format('%%I.%%I', n.nspname, left(c.relname, 55) || '_default'),
       pg_get_partkeydef(c.oid),
       p.partstrat = 'h', pg_get_partition_constraintdef(c.oid),
       ARRAY(SELECT pg_get_partition_constraintdef(i.inhrelid) FROM pg_inherits i WHERE i.inhparent = c.oid)
FROM pg_partition_tree(%s::oid::regclass) t
JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = relnamespace
JOIN pg_partitioned_table p ON p.partrelid = c.oid WHERE p.partdefid = 0 ORDER BY t.level, 1"""


@dataclass(frozen=True, slots=True)
class _Node:
    """A partitioned table without a default partition."""

    name: str  # as SQL writes it
    default: str  # what its default partition could be called
    key: str  # LIST (tenant_id)
    hashed: bool
    own: str | None  # the condition that its rows fulfil
    parts: list[str]  # and those of each partition


def check_partitions(connection: Connection, recipe: Recipe, oid: int, rounds: int) -> None:
    """Refuse where a copy in one of the `rounds` has no partition; NotReady says which one to create."""
    table = recipe.roles.schema.tables[oid]
    if not table.partitioned:
        return
    with qualified(connection):
        nodes = [_Node(*row) for row in connection.execute(_NODES, [oid])]
    # By hash there is a place for all as a rule, and by values that stay there is one already.
    changed = [name for name in table.columns if (oid, name) in recipe.roles.chains]
    for node in nodes:
        key = mentioned(node.key, table.columns)
        if set(key) & set(changed):
            _check(connection, recipe, table, node, key, rounds)


_HOMELESS = sql.SQL("SELECT to_jsonb(t) - {kept}::text[] FROM ({rows}) t WHERE ({own}) AND NOT ({parts}) LIMIT 1")


def _check(
    connection: Connection, recipe: Recipe, table: SchemaTable, node: _Node, key: Collection[str], rounds: int
) -> None:
    parts = [sql.SQL("coalesce(({}), false)").format(sql.SQL(one)) for one in node.parts]
    query = _HOMELESS.format(
        rows=rows_of_rounds(recipe, table.oid, _rounds(recipe, table.oid, rounds)),
        kept=[name for name in table.columns if name not in key], own=sql.SQL(node.own or "true"),
        parts=sql.SQL(" OR ").join(parts) if parts else sql.SQL("false"),
    )  # fmt: skip
    row = scalar(connection, query)
    if row is not None:
        said = ", ".join(f"{name} = {value}" for name, value in row.items())
        raise NotReady(
            f"{node.name} has no partition for the copies",
            f"it is partitioned by {node.key}, has no default, and none of its {len(parts)} partitions takes {said}",
            _remedy(node, table.label),
        )


def _remedy(node: _Node, label: str) -> str:
    if node.hashed:
        return "Create the partitions that are missing: each remainder of the modulus needs one."
    make = f"CREATE TABLE {node.default} PARTITION OF {node.name} DEFAULT;"
    return f"Give it one: {make} or leave the table out: --without {label}."


def _rounds(recipe: Recipe, oid: int, rounds: int) -> sql.Composed:
    step = max(1, rounds * recipe.staged.rows[oid] // _TRIED_ROWS)
    query = sql.SQL("SELECT generate_series(0, {last}, {step}) UNION SELECT {last}")
    return query.format(last=rounds - 1, step=step)
