"""By what an index should go on after the columns that a statement compares for equality: a range, or the order."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlglot import exp

from analysis.record.sql_equalities import (
    SCOPES,
    compared,
    conditions_of,
    indexable,
    parts_of,
    sources_of,
    tables_of,
)  # fmt: skip
from analysis.record.sql_parser import parse

_RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE)


def next_column(text: str, table: str, equal: Collection[str]) -> str | None:
    """What an index on `equal` of a table (given as `schema.name`) should be sorted by within equal values.

    First what the statement compares as a range, then what it sorts a limited number of rows by: an index finds the
    one, or hands out the other in order, only behind columns whose values are fixed. None where there is neither.
    """
    tree, name = parse(text), table.rpartition(".")[2]
    scopes = list(tree.find_all(*SCOPES, bfs=False)) if tree is not None else []
    for scope in (one for one in scopes if name in sources_of(one).values()):
        for found in (*_ranges(scope), *_order(scope)):
            if tables_of(found[0], sources_of(scope)) == {name} and found[1] not in equal:
                return found[1]
    return None


def _ranges(scope: exp.Expr) -> Iterator[tuple[str, str]]:
    for part in parts_of(*conditions_of(scope)):
        sides: list[tuple[exp.Expr, exp.Expr]] = []
        if isinstance(part, _RANGES):
            sides = [(part.this, part.expression), (part.expression, part.this)]
        elif isinstance(part, exp.Between):
            sides = [(part.this, part.args["low"])]
        yield from (found for side, other in sides if (found := compared(side, other)) is not None)


def _order(scope: exp.Expr) -> Iterator[tuple[str, str]]:
    """What a limited answer is sorted by, up to the first that an index cannot be."""
    order = scope.args.get("order") if scope.args.get("limit") or scope.args.get("fetch") else None
    for key in order.expressions if order is not None else ():
        found = indexable(key.this)
        if found is None:
            return
        yield found
