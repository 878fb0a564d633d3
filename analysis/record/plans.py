"""What an EXPLAIN (FORMAT JSON) plan tells: scans that nothing narrows, rows it expects to return, pages to touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.record.sql_equalities import condition_columns

Node = Mapping[str, Any]

_SCANS = ("Seq Scan", "Index Scan", "Index Only Scan")
_INDEXED = ("Index Scan", "Index Only Scan", "Bitmap Heap Scan")
_PASS_ON = ("Limit", "Sort", "Incremental Sort", "Result", "Gather", "Gather Merge")  # return what their child returns
_GROUPS = ("Aggregate", "Group", "Unique", "WindowAgg")
_DESCENT = 4.0  # pages from an index's root to its leaf, more than most have


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan in a plan that nothing narrows down: the table, the columns that it compares for equality, what it keeps.

    It reads the table itself, or all of an index in order because the rows are wanted sorted; both grow with the table.
    """

    table: str
    columns: tuple[str, ...]
    kept: float | None  # share of the table's rows


def root(plan: Any) -> Node | None:
    """The top node of a plan as EXPLAIN hands it out, or of one that is laid bare already; None where it is none."""
    first = plan[0] if isinstance(plan, list) and plan else plan
    return first.get("Plan", first) if isinstance(first, Mapping) else None


def scans(plan: Any, rows: Mapping[str, float]) -> Iterator[Scan]:
    """The scans of a plan that read everything; `rows` are the tables' sizes by name."""
    top = root(plan)
    if top is not None:
        yield from _scans(top, None, rows)


def rows_returned(node: Node) -> float:
    """Rows that a plan expects to return; a limit that is a parameter hides them, so what is below it is taken."""
    while node.get("Node Type") in _PASS_ON and node.get("Plans"):
        node = node["Plans"][0]
    return float("inf") if node.get("Node Type") in _GROUPS else float(node.get("Plan Rows", "inf"))


def pages_touched(node: Node, sizes: Mapping[str, float]) -> float:
    """Pages that a plan expects to touch, at most; infinite where a filter throws away what nobody counted.

    `sizes` are the tables' pages by name.
    """
    kind, children = node.get("Node Type"), node.get("Plans", [])
    below = [pages_touched(child, sizes) for child in children]
    if kind == "Seq Scan":
        return _size(node["Relation Name"], sizes) or float("inf")
    if kind in _INDEXED:
        return float("inf") if "Filter" in node else _DESCENT + 2 * float(node.get("Plan Rows", "inf"))
    if kind == "Nested Loop" and len(children) == 2:
        return below[0] + max(float(children[0].get("Plan Rows", "inf")), 1.0) * below[1]
    return sum(below)


def _size(relation: str, sizes: Mapping[str, float]) -> float:
    """The size of a relation; 0 where it is not known. Plans name no schema, unless they are asked to."""
    return next((size for table, size in sizes.items() if table.rsplit(".", 1)[-1] == relation), 0.0)


def _scans(node: Node, join: Node | None, rows: Mapping[str, float]) -> Iterator[Scan]:
    """The scans at and below a node; `join` is the join that they are read for."""
    if node.get("Node Type") in _SCANS and "Index Cond" not in node and "Relation Name" in node:
        yield _scan(node, join, _size(node["Relation Name"], rows))
    joins = "Join" in node.get("Node Type", "") or node.get("Node Type") == "Nested Loop"
    for child in node.get("Plans", []):
        yield from _scans(child, node if joins else join, rows)


def _scan(node: Node, join: Node | None, size: float) -> Scan:
    """One scan; without a filter of its own what its join compares, and keeps."""
    condition, keeps = node.get("Filter"), node
    if not condition and join is not None:
        condition, keeps = join.get("Hash Cond") or join.get("Merge Cond") or join.get("Join Filter"), join
    table = f"{node['Schema']}.{node['Relation Name']}" if node.get("Schema") else node["Relation Name"]
    kept = keeps.get("Plan Rows", size) / size if size else None
    return Scan(table, condition_columns(condition or "", node.get("Alias", "")), kept)
