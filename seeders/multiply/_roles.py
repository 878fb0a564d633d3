"""Which tables are copied, and what becomes of each column: renewed, mapped along a reference, or kept as it is.

A table is copied if it hangs, directly or not, on the root. A table that those refer to is shared by all tenants and
stays as it is, unless the caller takes it along, or a unique key can be renewed in no other way (a one-to-one parent).
Every unique key of a copied table needs a column that is other in each copy: one that is mapped to a copied row, else
one of its own that is renewed. So does every tree that is kept by its number (`_tree.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rampart.errors import UsageError
from seeders.multiply._schema import Reference, Schema, SchemaTable, UniqueKey
from seeders.multiply._table_order import parents_first
from seeders.multiply._tree import tree_number

Place = tuple[int, str]  # a table's oid and a column of it
Chain = tuple[Reference, ...]  # from a column to the renewed column that its values come from; empty: it is that column

Spread = Callable[[int, Sequence[str]], Sequence[int]]  # how many values columns of a table have in the source rows
Covers = Callable[[int, UniqueKey], bool]  # whether a key of a table covers any of the source rows

# Types that can be renewed.
_RENEWABLE = {
    "int8", "int4", "int2", "numeric", "float8", "uuid", "text", "bytea", "date", "timestamptz", "timestamp", "inet",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller asked for."""

    root: int
    along: frozenset[int] = frozenset()  # taken along upward
    without: frozenset[int] = frozenset()  # left out
    given: frozenset[Place] = frozenset()  # columns whose new values the caller gives


@dataclass(frozen=True, slots=True)
class Roles:
    """What is copied, and how."""

    schema: Schema
    root: int
    copied: tuple[int, ...]  # parents first
    along: frozenset[int]  # copied because copied rows refer to them
    renewed: frozenset[Place]
    chains: Mapping[Place, Chain]  # of the columns that are renewed or mapped

    @property
    def shared(self) -> tuple[int, ...]:
        """Tables that copied ones refer to and that stay as they are."""
        above = {one.parent for child in self.copied for one in self.schema.above(child)}
        return tuple(sorted(above - set(self.copied)))

    def origin(self, place: Place) -> Place:
        """The renewed column that a column's new values come from."""
        for one in self.chains.get(place, ()):
            place = (one.parent, one.target(place[1]))
        return place

    def inner(self, child: int) -> list[Reference]:
        """References of a copied table to copied ones."""
        return [one for one in self.schema.above(child) if one.parent in self.copied]


def roles_of(
    schema: Schema, wish: Wish, spread: Spread = lambda _oid, columns: [0] * len(columns),
    covers: Covers = lambda _oid, _key: True,
) -> Roles:  # fmt: skip
    """Settle what is copied; UsageError where a unique key cannot be renewed.

    Of a key of several columns that one is renewed which tells most source rows apart, by `spread`: where one says of
    what kind the other is (a provider, a year), its few values are what the application looks for. A key that `covers`
    no source row needs no new values.
    """
    along = set(wish.along)
    while True:
        copied = _below(schema, wish, along)
        plan = _Plan(schema, wish, parents_first(schema, copied, wish.root), spread, covers)
        forced = plan.settle()
        if not forced:
            break
        along |= forced
    chains: dict[Place, Chain] = {}
    for oid in plan.order:
        for column in schema.tables[oid].columns:
            chain = plan.chain((oid, column))
            if chain is not None:
                _check_not_shared(schema, plan.order, oid, column)
                chains[oid, column] = chain
    return Roles(schema, wish.root, plan.order, frozenset(along - {wish.root}), frozenset(plan.renewed), chains)


def _below(schema: Schema, wish: Wish, along: Iterable[int]) -> set[int]:
    found, ahead = set(), [wish.root, *along]
    while ahead:
        oid = ahead.pop()
        if oid not in found:
            found.add(oid)
            ahead += [one.child for one in schema.below(oid) if one.child not in wish.without]
    return found


class _Plan:
    """One attempt, for one set of copied tables."""

    def __init__(self, schema: Schema, wish: Wish, order: tuple[int, ...], spread: Spread, covers: Covers) -> None:
        self.schema, self.order, self._spread, self._covers = schema, order, spread, covers
        self._copied, self._given = frozenset(order), wish.given
        self.renewed: set[Place] = set(wish.given)

    def settle(self) -> set[int]:
        """Choose columns to renew; the tables that must be taken along first, if any."""
        tables = [self.schema.tables[oid] for oid in self.order]
        keys = [(table, key) for table in tables for key in table.keys]
        # All primary keys before the rest: what refers around a cycle to a renewed row needs nothing of its own.
        for table, key in sorted(keys, key=lambda one: one[1].kind != "primary"):
            forced = self._settle_key(table, key)
            if forced is not None:
                return {forced}
        for table in tables:
            number = tree_number(table)
            if number and self.chain((table.oid, number)) is None:
                self.renewed.add((table.oid, number))
        return set()

    def chain(self, place: Place, seen: frozenset[Place] = frozenset()) -> Chain | None:
        """How a column gets other values in each copy; None: it keeps its values."""
        if place in self.renewed:
            return ()
        oid, column = place
        found: list[Chain] = []
        for one in self.schema.above(oid):
            if column in one.columns and one.parent in self._copied:
                above = (one.parent, one.target(column))
                rest = None if above in seen or above == place else self.chain(above, seen | {place})
                if rest is not None:
                    found.append((one, *rest))
        return min(found, key=lambda chain: (len(chain), len(chain[0].columns)), default=None)

    def _settle_key(self, table: SchemaTable, key: UniqueKey) -> int | None:
        columns = list(dict.fromkeys(source for name in key.columns for source in table.sources(name)))
        if any(self.chain((table.oid, name)) is not None for name in columns):
            return None
        referring = [one for one in self.schema.above(table.oid) if set(one.columns) & set(columns)]
        bound = {name for one in self.schema.above(table.oid) for name in one.columns}
        free = [name for name in columns if name not in bound and _kind(table, name) in _RENEWABLE]
        if free and key.kind != "exclusion":
            self.renewed.add((table.oid, self._most_telling(table, free)))
            return None
        above = [one for one in referring if one.parent not in self._copied]
        if above:
            return min(above, key=lambda one: len(one.columns)).parent
        if not self._covers(table.oid, key):
            return None
        raise UsageError(
            f"{key.name} of {table.label} cannot be renewed",
            f"no column of ({', '.join(key.columns)}) can be given another value in each copy",
            f"Say how: --set \"{table.name}.{key.columns[0]}=SQL\" with {{value}} and {{number}} in it, or leave the "
            f"table out: --without {table.label}.",
        )  # fmt: skip

    def _most_telling(self, table: SchemaTable, names: Sequence[str]) -> str:
        """The column that a sequence numbers, else the one with most values, the last where several have as many."""
        drawn = [name for name in names if table.columns[name].sequence]
        if drawn or len(names) == 1:
            return (drawn or names)[0]
        counts = self._spread(table.oid, names)
        return max(zip(counts, range(len(names)), names, strict=True))[-1]


def _kind(table: SchemaTable, name: str) -> str:
    column = table.columns[name]
    if column.generated is not None:
        return "generated"
    return "text" if column.category == "S" else column.base


def _check_not_shared(schema: Schema, copied: tuple[int, ...], oid: int, column: str) -> None:
    """A column cannot follow a copied row and a shared one."""
    for one in schema.above(oid):
        if column in one.columns and one.parent not in copied:
            shared, table = schema.tables[one.parent], schema.tables[oid]
            raise UsageError(
                f"{table.label}.{column} cannot be renewed",
                f"it refers to {shared.label}, which is shared by all tenants, and to what is copied",
                f"Take the table along: --with {shared.label}.",
            )
