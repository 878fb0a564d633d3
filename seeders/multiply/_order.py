"""The copied tables in an order in which parents come before their children, as far as cycles let them."""

from __future__ import annotations

from collections.abc import Collection

from seeders.multiply._schema import Schema


def parents_first(schema: Schema, tables: Collection[int], root: int) -> tuple[int, ...]:
    """The tables, by depth of their references; in a cycle the one with the fewest parents left comes first."""
    waiting = {oid: {one.parent for one in schema.above(oid)} & set(tables) - {oid} for oid in sorted(tables)}
    order: list[int] = []
    while waiting:
        best = min(waiting, key=lambda oid: (len(waiting[oid]), oid != root, schema.tables[oid].label))
        order.append(best)
        del waiting[best]
        for parents in waiting.values():
            parents.discard(best)
    return tuple(order)
