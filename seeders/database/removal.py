"""What a removal has taken out, and the proof by counts that nothing else went with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rampart.errors import Incomplete


@dataclass(frozen=True, slots=True)
class Removal:
    """What was taken out, and what is left."""

    tenants: int
    rows: Mapping[str, int]  # taken out, by table: ours, or written by the application for a tenant of ours
    others: Mapping[str, int]  # rows of every table of the database now, each as many as before less those taken out
    seconds: float


def check_counts(
    what: str, before: Mapping[str, int], after: Mapping[str, int], gone: Mapping[str, int], remedy: str
) -> None:
    """Refuse to commit where a table has lost other rows than those that are ours; rows are counted by table."""
    for table, there in before.items():
        left = there - gone.get(table, 0)
        if after[table] != left:
            raise Incomplete(
                f"{what} were not removed",
                f"that would leave {after[table]:,} rows in {table}, where {left:,} are not ours (a cascade or a "
                "trigger takes others with them)",
                f"{remedy} Nothing was changed.",
            )
