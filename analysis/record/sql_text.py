"""What can be read off a statement and its plan: tables, equality columns, batches, scans that keep little."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# `column = $1`, `t.column = ANY($2)`, `column=$3::bigint`
_EQUALS = re.compile(r"(?:(\w+)\.)?\"?(\w+)\"?\s*(?:=\s*(?:ANY\s*\(\s*)?\(?\$\d+|\bIN\s*\()", re.IGNORECASE)
# The left side of an equality, and the right one where it is a qualified column.
_PLAN_EQUALS = re.compile(r"(?:(\w+)\.)?\b([a-z_]\w*)\)?(?:::\w+)?\s*=|=\s*(\w+)\.(\w+)")
# One call for many keys at once, or the next part of one answer: a list of values, a page, a cursor.
_MANY = re.compile(
    r"\b(?:IN|ANY|ALL)\s*\(+\s*(?:\$|ARRAY\b|VALUES\b)|\bUNNEST\s*\(|\bOFFSET\b|^\s*FETCH\b", re.IGNORECASE
)

_SCANS = ("Seq Scan", "Index Scan", "Index Only Scan")


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan in a plan that nothing narrows down: the table, the columns that it compares for equality, what it keeps.

    It reads the table itself, or all of an index in order because the rows are wanted sorted; both grow with the table.
    """

    table: str
    columns: tuple[str, ...]
    kept: float | None  # share of the table's rows


def mentions(text: str, table: str) -> bool:
    """Whether a statement names a table (given as `schema.name`)."""
    return re.search(rf"(?<![\w.]){re.escape(table.rsplit('.', 1)[-1])}(?!\w)", text, re.IGNORECASE) is not None


def equality_columns(text: str) -> tuple[str, ...]:
    """Columns that a statement compares with a parameter for equality, in order, each once."""
    where = re.split(r"\bWHERE\b", text, maxsplit=1, flags=re.IGNORECASE)
    return tuple(dict.fromkeys(m[2] for m in _EQUALS.finditer(where[1]))) if len(where) > 1 else ()


def many_at_once(text: str) -> bool:
    """Whether one call of a statement asks for the rows of many keys, or for the next page of the same answer."""
    return _MANY.search(text) is not None


def scans(plan: Any, rows: Mapping[str, float]) -> Iterator[Scan]:
    """The scans of an EXPLAIN (FORMAT JSON) plan that read everything; `rows` are the tables' sizes by name."""
    root = plan[0] if isinstance(plan, list) and plan else plan
    if isinstance(root, dict):
        yield from _walk(root.get("Plan", root), None, rows)


def _walk(node: Mapping[str, Any], parent: Mapping[str, Any] | None, rows: Mapping[str, float]) -> Iterator[Scan]:
    if node.get("Node Type") in _SCANS and "Index Cond" not in node and "Relation Name" in node:
        name = f"{node.get('Schema')}.{node['Relation Name']}" if node.get("Schema") else node["Relation Name"]
        size = next((count for table, count in rows.items() if table.rsplit(".", 1)[-1] == node["Relation Name"]), 0.0)
        condition, keeps = node.get("Filter"), node
        if not condition and parent is not None:
            condition, keeps = parent.get("Hash Cond") or parent.get("Merge Cond") or parent.get("Join Filter"), parent
        kept = keeps.get("Plan Rows", size) / size if size else None
        yield Scan(name, _columns(condition or "", node.get("Alias", "")), kept)
    for child in node.get("Plans", []):
        joined = node if "Join" in node.get("Node Type", "") or node.get("Node Type") == "Nested Loop" else parent
        yield from _walk(child, joined, rows)


def _columns(condition: str, alias: str) -> tuple[str, ...]:
    """Columns of the scanned table on either side of an equality in a filter or a join condition."""
    sides = [(m[1] or m[3] or "", m[2] or m[4]) for m in _PLAN_EQUALS.finditer(condition)]
    return tuple(dict.fromkeys(column for qualifier, column in sides if column and qualifier in ("", alias)))
