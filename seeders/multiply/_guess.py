"""The root table, where one table clearly is."""

from __future__ import annotations

from rampart.errors import UsageError
from seeders.multiply._order import reached
from seeders.multiply._schema import Schema, Table

# What applications call their tenants, in the singular.
_NAMES = (
    "tenant", "organization", "organisation", "org", "account", "company", "workspace", "team", "entity", "customer",
    "site", "shop", "store", "partner", "project", "school", "client",
)  # fmt: skip
_AHEAD = 1.5  # times as many tables hang on the root as on any other candidate


def guess_root(schema: Schema) -> Table:
    """The one table on which clearly most others hang, or the one with a tenant's name among those; else UsageError."""
    reach = {oid: reached(schema, oid) for oid in schema.tables}
    ranked = sorted(schema.tables.values(), key=lambda one: (-len(reach[one.oid]), one.label))
    if not ranked or len(reach[ranked[0].oid]) < 2:
        raise UsageError(
            "the root table is not clear", "no table hangs on another one", "Name it: --root schema.table."
        )
    best = ranked[0]
    # A table below the best one is no rival: it is a part of a tenant.
    rivals = [one for one in ranked[1:] if one.oid not in reach[best.oid] or best.oid in reach[one.oid]]
    if all(len(reach[best.oid]) >= _AHEAD * len(reach[one.oid]) for one in rivals):
        return best
    named = [one for one in ranked if _is_named(one) and 2 * len(reach[one.oid]) >= len(reach[best.oid])]
    if len(named) == 1:
        return named[0]
    first = ", ".join(f"{one.label} ({len(reach[one.oid]) - 1} tables hang on it)" for one in ranked[:5])
    raise UsageError("the root table is not clear", f"it may be {first}", f"Name it, such as --root {best.label}.")


def _is_named(table: Table) -> bool:
    words = table.name.lower().split("_")
    last = words[-1]
    singular = {last, last.removesuffix("s"), last.removesuffix("es"), last.removesuffix("ies") + "y"}
    return not singular.isdisjoint(_NAMES)
