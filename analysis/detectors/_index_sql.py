"""Indexes as the SQL that makes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.record.sql_equalities import table_in_sql


@dataclass(frozen=True, slots=True)
class Index:
    """An index that is wanted: its table as `schema.name`, and its columns as SQL writes them."""

    table: str
    equal: tuple[str, ...]  # compared for equality
    then: str | None = None  # by which it is sorted within equal values

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.equal, *([self.then] if self.then else ()))

    @property
    def sql(self) -> str:
        """It is made while others write; the name is left to the server, which takes one that is free."""
        return f"CREATE INDEX CONCURRENTLY ON {table_in_sql(self.table)} ({', '.join(self.columns)});"

    def serves(self, other: Index) -> bool:
        """Whether it does for what another is wanted for."""
        first, rest = self.columns[: len(other.equal)], self.columns[len(other.equal) :]
        sorted_alike = other.then is None or rest[:1] == (other.then,)
        return self.table == other.table and set(first) == set(other.equal) and sorted_alike


def few(wanted: Iterable[Index]) -> list[Index]:
    """The same without those that another of them makes needless, in their order."""
    found = list(dict.fromkeys(wanted))
    return [
        one for place, one in enumerate(found)
        if not any(other.serves(one) and (not one.serves(other) or found.index(other) < place) for other in found
                   if other is not one)
    ]  # fmt: skip


def by(indexes: Sequence[Index]) -> str:
    """`public.tasks by tenant_id, title, and public.lines by order_id`."""
    return ", and ".join(f"{one.table} by {', '.join(one.columns)}" for one in indexes)
