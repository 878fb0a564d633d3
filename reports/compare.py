"""Two verdicts of the same target side by side: did it hold less, and did another bottleneck come first?"""

from __future__ import annotations

from collections.abc import Sequence

from rampart.exit_codes import TABLE
from rampart.verdict import LevelCapacity, Verdict
from rampart.verdict_exit_code import of_outcome
from reports.comparison import Comparison, FirstComparison, HeldUsers, LevelComparison
from reports.numbers import count, ratio
from reports.numbers import tenants as level_name
from reports.wording import name, outcome_label

Versions = tuple[str | None, str | None]  # of the target, before and now; None: not recorded


def compare(
    before: Verdict, after: Verdict, *, versions: Versions = (None, None), judged_again: str = ""
) -> Comparison:
    """What changed from one verdict to the next one of the same target, under the same conditions.

    `judged_again` names the Rampart that had judged the run before, where this one has done it again.
    """
    why_not = _why_not(before, after)
    levels = [] if why_not else _levels(before, after)
    first = FirstComparison(_first(before), _first(after), not why_not and _first(before) != _first(after))
    known = {violation.id for violation in before.violations}
    violations = sorted({violation.id for violation in after.violations} - known)
    why_not = why_not or ("" if levels else "the two runs have no tenant level in common")
    fell = any(level.change == "lower" for level in levels)
    suspect = _suspect(versions) if fell else ""
    again = f"The run before was judged again: Rampart {judged_again} had judged it." if judged_again else ""
    return Comparison(
        schema=1,
        comparable=bool(levels),
        why_not=why_not,
        regressed=bool(violations) or fell,
        levels=tuple(levels),
        first=first,
        new_violations=tuple(violations),
        sentence=" ".join(filter(None, [_sentence(why_not, levels, first, violations), suspect, again])),
        suspect=suspect,
    )


def not_compared(why: str, before: str = "") -> Comparison:
    """Two runs that were not made under the same conditions, or of which one cannot be judged as the other."""
    return Comparison(
        schema=1, comparable=False, why_not=why, regressed=False, levels=(), first=FirstComparison(None, None, False),
        new_violations=(), sentence=f"Not compared: {why}.", before=before,
    )  # fmt: skip


def _suspect(versions: Versions) -> str:
    """What a capacity that fell is put down to first: nothing else that is known has changed."""
    before, now = versions
    if before == now:
        unknown = "The target's version is not recorded; [version] in the target file says where it is found."
        return f"The target's version was {now} both times." if now else unknown
    return f"The suspect is the target's version: {before or 'not recorded'} before, {now or 'not recorded'} now."


def _why_not(old: Verdict, new: Verdict) -> str:
    for which, verdict in (("the run before", old), ("this run", new)):
        if TABLE[of_outcome(verdict.outcome, missed=False)].baseline != "yes":
            return f"{which} has no figures to compare ({outcome_label(verdict).lower()})"
    return ""


def _levels(old: Verdict, new: Verdict) -> list[LevelComparison]:
    earlier = {row.tenants: held for row in old.capacity if (held := _held(row))}
    later = {row.tenants: held for row in new.capacity if (held := _held(row))}
    return [_level(tenants, earlier[tenants], later[tenants]) for tenants in sorted(earlier.keys() & later.keys())]


def _held(row: LevelCapacity) -> HeldUsers | None:
    if row.knee_users is not None:
        return HeldUsers(row.knee_users.value, row.knee_users.low, row.knee_users.high)
    if row.below_users:
        return HeldUsers(row.below_users, 0.0, row.below_users)
    return None if row.tested_users is None else HeldUsers(row.tested_users, row.tested_users, None)


def _level(tenants: int, old: HeldUsers, new: HeldUsers) -> LevelComparison:
    lower, higher = new.most < old.low, new.low > old.most
    both = old.reached and new.reached and old.value > 0
    return LevelComparison(
        tenants=tenants,
        change="lower" if lower else "higher" if higher else "same",
        ratio=new.value / old.value if both else None,
        before_users=old,
        after_users=new,
        sentence=_said(tenants, old, new, "fell" if lower else "rose" if higher else ""),
    )


def _said(tenants: int, old: HeldUsers, new: HeldUsers, moved: str) -> str:
    if not old.reached and not new.reached:
        move = f"no knee in either run (up to {count(min(old.value, new.value))} users)"
    else:
        verb = f"the knee {moved}" if moved else "no clear change, the knee went"
        move = f"{verb} from {_words(old)} to {_words(new)}"
        if old.reached and new.reached and old.value > 0:
            move += f" ({ratio(new.value / old.value)})"
    return f"{level_name(tenants)}: {move}"


def _words(held: HeldUsers) -> str:
    return f"{count(held.value)} users" if held.reached else f"beyond {count(held.value)} users"


def _first(verdict: Verdict) -> str | None:
    return name(verdict.first) if verdict.first else None


def _sentence(
    why_not: str, levels: Sequence[LevelComparison], first: FirstComparison, violations: Sequence[str]
) -> str:
    parts = []
    if violations:
        parts.append(f"New correctness violation: {', '.join(violations)}.")
    moved = [level.sentence for level in levels if level.change != "same"]
    if why_not:
        parts.append(f"Not compared: {why_not}.")
    else:
        parts.append(f"{'; '.join(moved)}." if moved else "Capacity has not clearly changed.")
    if first.changed:
        parts.append(f"The first bottleneck was {first.before or 'none'}, and is now {first.after or 'none'}.")
    return " ".join(parts)
