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
    """A scan in a plan that reads more than it keeps: the table, the columns that it compares for equality, what it
    keeps.

    It reads the table itself, or all of an index in order because the rows are wanted sorted; both grow with the table.
    Or an index narrows it by some of the columns, and rows that the others rule out are read and thrown away.
    """

    table: str
    columns: tuple[str, ...]  # those that an index narrows it by come first
    kept: float | None  # share of the table's rows
    rows: float = 0.0  # that it is expected to keep
    narrowed: bool = False  # whether an index narrows it


def root(plan: Any) -> Node | None:
    """The top node of a plan as EXPLAIN hands it out, or of one that is laid bare already; None where it is none."""
    first = plan[0] if isinstance(plan, list) and plan else plan
    return first.get("Plan", first) if isinstance(first, Mapping) else None


def scans(plan: Any, rows: Mapping[str, float]) -> Iterator[Scan]:
    """The scans of a plan that read everything, or throw rows away; `rows` are the tables' sizes by name."""
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
    elif (found := _narrowed(node, rows)) is not None and not _repeated(node, join):
        yield found
    joins = "Join" in node.get("Node Type", "") or node.get("Node Type") == "Nested Loop"
    for child in node.get("Plans", []):
        yield from _scans(child, node if joins else join, rows)


def _narrowed(node: Node, sizes: Mapping[str, float]) -> Scan | None:
    """A scan whose index knows only some of the columns that it compares; None for any other node."""
    if node.get("Node Type") not in _INDEXED or "Filter" not in node or "Relation Name" not in node:
        return None
    alias, rows = node.get("Alias", ""), float(node.get("Plan Rows", "inf"))
    narrowing = condition_columns(node.get("Index Cond") or node.get("Recheck Cond") or "", alias)
    others = [column for column in condition_columns(node["Filter"], alias) if column not in narrowing]
    size = _size(node["Relation Name"], sizes)
    if not narrowing or not others:
        return None
    return Scan(_table(node), (*narrowing, *others), rows / size if size else None, rows, narrowed=True)


def _repeated(node: Node, join: Node | None) -> bool:
    """Whether a node is read anew for each row of another: each of its looks is small."""
    return join is not None and join.get("Node Type") == "Nested Loop" and node is not join["Plans"][0]


def _table(node: Node) -> str:
    return f"{node['Schema']}.{node['Relation Name']}" if node.get("Schema") else str(node["Relation Name"])


def _scan(node: Node, join: Node | None, size: float) -> Scan:
    """One scan; without a filter of its own what its join compares, and keeps."""
    condition, keeps = node.get("Filter"), node
    if not condition and join is not None:
        condition, keeps = join.get("Hash Cond") or join.get("Merge Cond") or join.get("Join Filter"), join
    rows = float(keeps.get("Plan Rows", size))
    return Scan(
        _table(node), condition_columns(condition or "", node.get("Alias", "")), rows / size if size else None, rows
    )
