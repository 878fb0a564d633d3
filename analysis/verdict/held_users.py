"""Whether each level held the users that the target file wants: all objectives met, and answered throughout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.level.objective import slo_bracket
from analysis.ranking.judge import JudgedLevel
from rampart.verdict import UNTRUSTED, Objective


def held_users(judged: JudgedLevel, wanted: int | None, single: Sequence[Objective]) -> Iterator[Objective]:
    """A row beside the `single` objectives of the level where each of them is met and the users were not held all the
    same: seconds without an answer, or wrong answers. Nothing where no number is wanted."""
    bracket = slo_bracket(judged.level)
    held = bracket.met or 0
    if wanted is None or held >= wanted or any(row.met is False for row in single):
        return
    yield Objective(
        stated=f"{wanted:,} users are held",
        tenants=judged.level.tenants,
        met=None if judged.outcome in UNTRUSTED else False,
        seen=held,
        name="held",
        metric="users",
        limit=wanted,
        margin=held - wanted,
        users=bracket.met,
        wanted_users=wanted,
        met_users=bracket.met,
        missed_users=bracket.missed,
        sentence=f"held: {held:,} users were held; {wanted:,} are wanted",
    )
