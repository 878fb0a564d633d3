"""Schemas that hold the same tables, as where each tenant has one."""

from __future__ import annotations

from seeders.multiply._schema import Schema

_ALIKE = 0.8  # of the names of their tables, that two schemas are of one kind


def twin_schemas(schema: Schema) -> list[str]:
    """The largest group of schemas that hold tables of the same names; empty: none do."""
    tables: dict[str, set[str]] = {}
    for table in schema.tables.values():
        tables.setdefault(table.schema, set()).add(table.name)
    groups: list[list[str]] = []
    for name in sorted(tables):
        for group in groups:
            first = tables[group[0]]
            if len(first & tables[name]) >= _ALIKE * len(first | tables[name]):
                group.append(name)
                break
        else:
            groups.append([name])
    most = max(groups, key=len, default=[])
    return most if len(most) > 1 else []
