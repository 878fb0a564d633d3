"""The root table, where one clearly is: by its name, and by what hangs on it."""

from __future__ import annotations

from collections.abc import Sequence

from rampart.errors import UsageError
from seeders.multiply._lacking import lacking, link_text, singular
from seeders.multiply._schema import Schema, SchemaTable
from seeders.multiply._table_order import reached
from seeders.multiply._twins import twin_schemas

_SHOWN = 5  # links

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
    # Where each tenant has a schema, the table of the tenants is beside those.
    twins = twin_schemas(schema)
    ranked = [one for one in ranked if one.schema not in twins] or ranked
    if most < 2:
        raise UsageError("the root table is not clear", "no table hangs on another", _advice(schema, ranked))
    # Numbers alone say nothing: lookup tables (plans, countries) stand above the tenants, and more hang on them.
    named = [one for one in ranked if _is_named(one) and 2 * len(reach[one.oid]) >= most]
    if named and all(one.oid in reach[named[0].oid] for one in named):
        return named[0]
    first = ", ".join(f"{one.label} ({len(reach[one.oid]) - 1} tables hang on it)" for one in ranked[:5])
    raise UsageError(
        "the root table is not clear", f"it may be {first}{_twins(schema)}", _advice(schema, [*named, *ranked])
    )


def _twins(schema: Schema) -> str:
    twins = twin_schemas(schema)
    if not twins:
        return ""
    return f"; {', '.join(twins[:3])} hold the same tables: if each is a tenant, they cannot be multiplied this way"


def _advice(schema: Schema, ranked: Sequence[SchemaTable]) -> str:
    """The table that is the most likely one, and what looks like a reference to it or to what hangs on it."""
    first = next(filter(_is_named, ranked), ranked[0]) if ranked else None
    if first is None:
        return "Create the application's tables first."
    known, links = {first.oid}, dict[str, int]()
    for _ in schema.tables:
        links |= {link_text(schema, one): one.child.oid for one in lacking(schema, known)}
        known |= {oid for child in links.values() for oid in reached(schema, child)}
    missing = [f"--link {link}" for link in list(links)[:_SHOWN]]
    also = f", and references that the database lacks, such as {' '.join(missing)}" if missing else ""
    return f"Name it, such as --root {first.label}{also}; what no foreign key says is said by --link a.b_id=b.id."


def _is_named(table: SchemaTable) -> bool:
    last = table.name.lower().removesuffix("model").split("_")[-1]
    return not singular(last).isdisjoint(_NAMES)
