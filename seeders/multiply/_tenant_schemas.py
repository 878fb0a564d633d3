"""Tenants that have a schema each: a copied row of the root would name a schema that is not there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from psycopg import sql

from rampart.errors import UsageError
from seeders.database.connect import Connection
from seeders.multiply._roles import Roles
from seeders.multiply._schema import Schema
from seeders.multiply._stage import staged
from seeders.multiply._twins import twin_schemas

_LOOKED_AT = 1000  # rows


def check_tenant_schemas(connection: Connection, roles: Roles, rows: dict[int, int]) -> None:
    """Refuse where the rows that would be copied name schemas. UsageError."""
    twins = twin_schemas(roles.schema)
    with_tables = {table.schema for table in roles.schema.tables.values()}
    for oid in roles.copied:
        table = roles.schema.tables[oid]
        for name in table.columns if rows[oid] and table.schema not in twins else ():
            if not twins and "schema" not in name.lower():
                continue
            values = _values(connection, oid, name)
            named = [one for one in twins if any(_is_of(one, value) for value in values)]
            if "schema" in name.lower():
                named = named or sorted(with_tables & {*values} - {table.schema})
                enough = len(named) >= 1
            else:
                enough = len(named) >= 2 and len(named) >= len(twins) / 2
            if enough:
                raise _refusal(roles.schema, f"{table.label}.{name}", named)


def _values(connection: Connection, oid: int, column: str) -> list[str]:
    query = sql.SQL("SELECT {column}::text FROM {rows} WHERE {column} IS NOT NULL LIMIT {limit}")
    found = connection.execute(query.format(column=sql.Identifier(column), rows=staged(oid), limit=_LOOKED_AT))
    return [value for (value,) in found if len(value) < 64]


def _is_of(schema: str, value: str) -> bool:
    """Whether a schema is called after the value: acme or tenant_acme after acme, tenant_7 after 7."""
    name, tenant = (re.sub(r"\W+", "_", text.lower()) for text in (schema, value))
    return name == tenant or (tenant != "" and (name.endswith(f"_{tenant}") or name.startswith(f"{tenant}_")))


def _refusal(schema: Schema, column: str, named: Sequence[str]) -> UsageError:
    inside = sorted(table.name for table in schema.tables.values() if table.schema == named[0])
    return UsageError(
        "tenants with a schema each cannot be multiplied",
        f"{column} names schemas ({', '.join(named[:3])}) with tables of their own ({', '.join(inside[:5])}), and "
        "there would be none for a copy",
        "Let the application itself make tenants, for it creates their schemas; or grow what hangs on a table within "
        f"one of them: --root {named[0]}.{inside[0]}.",
    )
