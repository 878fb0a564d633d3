"""Trees that stay trees, in the order that they have, as Django's libraries keep them.

django-treebeard and Wagtail: `path` in steps of four characters, and `depth`. The rows that are copied make up some
whole branches. Each copy of a branch gets a step of its own, above all that there are at its depth, and what is below
keeps its place in the branch.

django-mptt: `lft`, `rght` and `level` in a tree of the number `tree_id`. Each copy of a tree gets a number of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from rampart.errors import UsageError
from seeders.database.connect import Connection, scalar
from seeders.multiply._expression import NUMBER, renewing
from seeders.multiply._schema import SchemaColumn, SchemaTable

_STEP = 4
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST = len(_LETTERS) ** _STEP
_NESTED = {"tree_id", "lft", "rght", "level"}


def tree_ways(
    connection: Connection, table: SchemaTable, column: SchemaColumn, staged: sql.Composable, rounds: int
) -> Iterator[str]:
    """SQL for the new paths, if this is such a column and there is room; the source rows get two columns for it."""
    if column.name != "path" or not {"depth", "numchild"} <= set(table.columns):
        return
    wrong = sql.SQL("SELECT true FROM {} WHERE path !~ {} OR length(path) <> depth * {} LIMIT 1")
    if scalar(connection, wrong.format(staged, f"^([0-9A-Z]{{{_STEP}}})+$", _STEP)):
        return
    connection.execute(_BRANCHES.format(staged=staged, step=_STEP))
    query = sql.SQL("SELECT max(rampart_branch) + 1, count(*) FROM {}").format(staged)
    row = connection.execute(query).fetchone()
    branches, rows = row if row else (0, 1)
    first = _first(connection, table, staged)
    if first + rounds * branches <= _MOST:
        step = sql.SQL("({} + {} / {} * {} + s.rampart_branch)").format(first, NUMBER, rows, branches)
        yield renewing(
            "left({value}, s.rampart_cut) || {written} || substr({value}, s.rampart_cut + {below})",
            written=_written(step), below=_STEP + 1,
        )  # fmt: skip


def tree_number(table: SchemaTable) -> str | None:
    """The column that says which tree a row is in: other in each copy, though no unique key may say so."""
    column = table.columns.get("tree_id")
    whole = table.columns.keys() >= _NESTED and column is not None and column.base in ("int2", "int4", "int8")
    return "tree_id" if whole else None


_TREES = sql.SQL("""
SELECT (SELECT count(*) FROM {table} WHERE tree_id IN (SELECT tree_id FROM {staged})), count(tree_id), min(tree_id),
       max(tree_id), (SELECT max(tree_id) FROM {table}) FROM {staged}""")


def tree_numbers(connection: Connection, table: SchemaTable, staged: sql.Composable, rounds: int) -> tuple[str, int]:
    """SQL for the numbers of the copies' trees, and the last one; UsageError where only a part of a tree is copied.

    All rows of a tree move by the same number, and by another in each round.
    """
    row = connection.execute(_TREES.format(table=table.identifier, staged=staged)).fetchone()
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
    moved = renewing("{value} + {after} + {number} / {rows} * {span}", after=last + 1 - low, rows=rows, span=span)
    return moved, last + rounds * span


# The top of a branch is a row whose parent is not copied; the rows below begin with its path.
_BRANCHES = sql.SQL("""
ALTER TABLE {staged} ADD rampart_branch bigint, ADD rampart_cut int;
WITH tops AS (
    SELECT path, row_number() OVER (ORDER BY path) - 1 AS branch FROM {staged} t
    WHERE NOT EXISTS (SELECT FROM {staged} p WHERE p.path = left(t.path, length(t.path) - {step})))
UPDATE {staged} s SET rampart_branch = tops.branch, rampart_cut = length(tops.path) - {step}
FROM tops WHERE starts_with(s.path, tops.path)""")


def _first(connection: Connection, table: SchemaTable, staged: sql.Composable) -> int:
    """One more than the last step at any depth at which branches begin."""
    digit = sql.SQL("(strpos({letters}, substr(right(path, {step}), {place}, 1)) - 1) * {power}")
    digits = [digit.format(letters=_LETTERS, step=_STEP, place=n, power=_power(n)) for n in range(1, _STEP + 1)]
    query = sql.SQL("""SELECT coalesce(max({digits}), 0) + 1 FROM {table}
                       WHERE length(path) IN (SELECT rampart_cut + {step} FROM {staged})""")
    number = sql.SQL(" + ").join(digits)
    found = scalar(connection, query.format(digits=number, table=table.identifier, step=_STEP, staged=staged))
    return int(found)


def _written(step: sql.Composable) -> sql.Composed:
    digit = sql.SQL("substr({letters}, ({step} / {power} % {base})::int + 1, 1)")
    digits = [
        digit.format(letters=_LETTERS, step=step, power=_power(n), base=len(_LETTERS)) for n in range(1, _STEP + 1)
    ]
    return sql.SQL(" || ").join(digits)


def _power(place: int) -> int:
    """What a digit counts at this place of a step, from 1 on the left."""
    return int(len(_LETTERS) ** (_STEP - place))
