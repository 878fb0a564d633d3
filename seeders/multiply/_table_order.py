"""How tables hang on each other: all below one of them, and an order in which parents come first."""

from __future__ import annotations

from collections.abc import Collection

from seeders.multiply._schema import Schema


def reached(schema: Schema, oid: int) -> set[int]:
    """The table and all that hang on it, directly or not."""
    found, ahead = {oid}, [oid]
    while ahead:
        new = {one.child for one in schema.below(ahead.pop())} - found
        found |= new
        ahead += new
    return found


def parents_first(schema: Schema, tables: Collection[int], root: int) -> tuple[int, ...]:
    """The tables in the order of their references. In a cycle the root comes first, or one with few parents in it."""
    waiting = {oid: {one.parent for one in schema.above(oid)} & set(tables) - {oid} for oid in sorted(tables)}
    below = {oid: reached(schema, oid) for oid in waiting}
    order: list[int] = []
    while waiting:
        # Those that wait for nothing but tables that wait for them in turn.
        ready = [oid for oid, parents in waiting.items() if parents <= below[oid]]
        best = min(ready, key=lambda oid: (len(waiting[oid]) > 0, oid != root, len(waiting[oid]), oid))
        order.append(best)
        del waiting[best]
        for parents in waiting.values():
            parents.discard(best)
    return tuple(order)
