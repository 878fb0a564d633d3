"""Trees that stay trees, in the order that they have, as Django's libraries keep them.

django-treebeard and Wagtail: `path` in steps of four characters, and `depth`. The rows that are copied make up some
whole branches. Each copy of a branch gets a step of its own, above all that there are at its depth, and what is below
keeps its place in the branch.

django-mptt: `lft`, `rght` and `level` in a tree of the number `tree_id`. Each copy of a tree gets a number of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from rampart.errors import UsageError
from seeders.database.connect import Connection
from seeders.multiply._schema import SchemaColumn, SchemaTable
from seeders.multiply._sql import literal, quoted

_STEP = 4
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST = len(_LETTERS) ** _STEP
_NESTED = {"tree_id", "lft", "rght", "level"}


def tree_ways(
    connection: Connection, table: SchemaTable, column: SchemaColumn, staged: str, rounds: int
) -> Iterator[str]:
    """SQL for the new paths, if this is such a column and there is room; the source rows get two columns for it."""
    if column.name != "path" or not {"depth", "numchild"} <= set(table.columns):
        return
    wrong = f"SELECT FROM {staged} WHERE path !~ '^([0-9A-Z]{{{_STEP}}})+$' OR length(path) <> depth * {_STEP} LIMIT 1"
    if connection.execute(wrong.encode()).fetchone():
        return
    connection.execute(_BRANCHES.format(staged=staged, step=_STEP).encode())
    row = connection.execute(f"SELECT max(rampart_branch) + 1, count(*) FROM {staged}".encode()).fetchone()
    branches, rows = row if row else (0, 1)
    first = _first(connection, table, staged)
    if first + rounds * branches <= _MOST:
        step = f"({first} + {{number}} / {rows} * {branches} + s.rampart_branch)"
        yield f"left({{value}}, s.rampart_cut) || {_written(step)} || substr({{value}}, s.rampart_cut + {_STEP + 1})"


def tree_number(table: SchemaTable) -> str | None:
    """The column that says which tree a row is in: other in each copy, though no unique key may say so."""
    column = table.columns.get("tree_id")
    whole = table.columns.keys() >= _NESTED and column is not None and column.base in ("int2", "int4", "int8")
    return "tree_id" if whole else None


def tree_numbers(connection: Connection, table: SchemaTable, staged: str, rounds: int) -> tuple[str, int]:
    """SQL for the numbers of the copies' trees, and the last one; UsageError where only a part of a tree is copied.

    All rows of a tree move by the same number, and by another in each round.
    """
    name = f"{quoted(table.schema)}.{quoted(table.name)}"
    whole = f"SELECT (SELECT count(*) FROM {name} WHERE tree_id IN (SELECT tree_id FROM {staged})), count(tree_id)"
    query = f"{whole}, min(tree_id), max(tree_id), (SELECT max(tree_id) FROM {name}) FROM {staged}"
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    there, rows, low, high, last = row
    if there != rows:
        raise UsageError(
            f"the trees of {table.label} cannot be copied",
            f"{there - rows:,} of the {there:,} rows of the same trees belong to no tenant",
            f"Leave the table out (--without {table.label}), or say what becomes of it: "
            f'--set "{table.name}.tree_id=SQL".',
        )
    span = high - low + 1
    return f"{{value}} + {last + 1 - low} + {{number}} / {rows} * {span}", last + rounds * span


# The top of a branch is a row whose parent is not copied; the rows below begin with its path.
_BRANCHES = """
ALTER TABLE {staged} ADD rampart_branch bigint, ADD rampart_cut int;
WITH tops AS (
    SELECT path, row_number() OVER (ORDER BY path) - 1 AS branch FROM {staged} t
    WHERE NOT EXISTS (SELECT FROM {staged} p WHERE p.path = left(t.path, length(t.path) - {step})))
UPDATE {staged} s SET rampart_branch = tops.branch, rampart_cut = length(tops.path) - {step}
FROM tops WHERE starts_with(s.path, tops.path)"""


def _first(connection: Connection, table: SchemaTable, staged: str) -> int:
    """One more than the last step at any depth at which branches begin."""
    digits = [f"(strpos('{_LETTERS}', substr(right(path, {_STEP}), {n}, 1)) - 1)" for n in range(1, _STEP + 1)]
    step = " + ".join(f"{digit} * {len(_LETTERS) ** (_STEP - n)}" for n, digit in enumerate(digits, 1))
    query = f"""SELECT coalesce(max({step}), 0) + 1 FROM {quoted(table.schema)}.{quoted(table.name)}
                WHERE length(path) IN (SELECT rampart_cut + {_STEP} FROM {staged})"""
    row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 1


def _written(step: str) -> str:
    powers = [len(_LETTERS) ** (_STEP - n) for n in range(1, _STEP + 1)]
    return " || ".join(
        f"substr({literal(_LETTERS)}, ({step} / {power} % {len(_LETTERS)})::int + 1, 1)" for power in powers
    )
