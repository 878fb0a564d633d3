"""The root table, where one clearly is: by its name, and by what hangs on it."""

from __future__ import annotations

from rampart.errors import UsageError
from seeders.multiply._schema import Schema, SchemaTable
from seeders.multiply._table_order import reached

# What applications call their tenants, in the singular.
_NAMES = (
    "tenant", "organization", "organisation", "org", "account", "company", "workspace", "team", "entity", "customer",
    "site", "shop", "store", "partner", "project", "school", "client",
)  # fmt: skip


def guess_root(schema: Schema) -> SchemaTable:
    """The table with a tenant's name on which many others hang, and all others so called; UsageError where none is."""
    reach = {oid: reached(schema, oid) for oid in schema.tables}
    ranked = sorted(schema.tables.values(), key=lambda one: (-len(reach[one.oid]), one.label))
    most = max(map(len, reach.values()), default=0)
    if most < 2:
        raise UsageError("the root table is not clear", "no table hangs on another", "Name it: --root schema.table.")
    # Numbers alone say nothing: lookup tables (plans, countries) stand above the tenants, and more hang on them.
    named = [one for one in ranked if _is_named(one) and 2 * len(reach[one.oid]) >= most]
    if named and all(one.oid in reach[named[0].oid] for one in named):
        return named[0]
    first = ", ".join(f"{one.label} ({len(reach[one.oid]) - 1} tables hang on it)" for one in ranked[:5])
    raise UsageError("the root table is not clear", f"it may be {first}", f"Name it, such as --root {ranked[0].label}.")


def _is_named(table: SchemaTable) -> bool:
    last = table.name.lower().removesuffix("model").split("_")[-1]
    singular = {last, last.removesuffix("s"), last.removesuffix("es"), last.removesuffix("ies") + "y"}
    return not singular.isdisjoint(_NAMES)
