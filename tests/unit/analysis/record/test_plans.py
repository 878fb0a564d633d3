"""Scans that nothing narrows, and what a plan expects to return and to touch."""

from __future__ import annotations

import math
from typing import Any

from analysis.record.plans import Scan, pages_touched, root, rows_returned, scans

SCAN: dict[str, Any] = {
    "Node Type": "Seq Scan", "Relation Name": "tasks", "Alias": "t", "Plan Rows": 50, "Filter": "(upper(title) = $1)",
}  # fmt: skip


def test_a_scan_is_found_below_what_passes_it_on() -> None:
    plan = [{"Plan": {"Node Type": "Limit", "Plans": [SCAN]}}]
    assert list(scans(plan, {"app.tasks": 1000.0})) == [Scan("tasks", ("upper(title)",), 0.05, 50.0)]


def test_a_scan_without_a_filter_is_read_for_its_join() -> None:
    bare = {key: value for key, value in SCAN.items() if key != "Filter"}
    hashed = {"Node Type": "Hash", "Plans": [bare]}
    index = {"Node Type": "Index Scan", "Relation Name": "users", "Index Cond": "(id = $1)"}
    join = {"Node Type": "Hash Join", "Hash Cond": "(u.id = t.user_id)", "Plan Rows": 10, "Plans": [index, hashed]}
    assert list(scans(join, {"app.tasks": 1000.0})) == [Scan("tasks", ("user_id",), 0.01, 10.0)]


NARROWED: dict[str, Any] = {
    "Node Type": "Index Scan", "Relation Name": "notes", "Alias": "n", "Plan Rows": 3,
    "Index Cond": "(tenant_id = $1)", "Filter": "((parent_id = $2) AND (NOT deleted))",
}  # fmt: skip


def test_what_an_index_narrows_in_part_is_wanted_by_all_columns_that_are_compared() -> None:
    bitmap = {key: value for key, value in NARROWED.items() if key != "Index Cond"}
    bitmap |= {"Node Type": "Bitmap Heap Scan", "Recheck Cond": "(tenant_id = $1)"}
    wanted = [Scan("notes", ("tenant_id", "parent_id"), 0.003, 3.0, narrowed=True)]
    assert list(scans(NARROWED, {"app.notes": 1000.0})) == list(scans(bitmap, {"app.notes": 1000.0})) == wanted


def test_a_filter_that_no_equality_is_part_of_or_that_is_looked_up_row_by_row_wants_no_index() -> None:
    assert not list(scans({**NARROWED, "Filter": "(created_at > $2)"}, {}))
    assert not list(scans({**NARROWED, "Filter": "(tenant_id = $1)"}, {}))
    loop = {"Node Type": "Nested Loop", "Plans": [{"Node Type": "Index Scan"}, NARROWED]}
    assert not list(scans(loop, {}))
    assert len(list(scans({**loop, "Plans": loop["Plans"][::-1]}, {}))) == 1


def test_what_is_no_plan_has_no_scans() -> None:
    assert list(scans(None, {})) == list(scans([], {})) == list(scans("plan", {})) == []
    assert root([{"Plan": SCAN}]) == root(SCAN) == SCAN


def test_rows_returned_are_counted_below_a_limit_and_unknown_above_a_group() -> None:
    assert rows_returned({"Node Type": "Limit", "Plan Rows": 1, "Plans": [SCAN]}) == 50
    assert math.isinf(rows_returned({"Node Type": "Aggregate", "Plan Rows": 1, "Plans": [SCAN]}))


def test_pages_of_a_loop_count_its_inner_side_for_each_outer_row() -> None:
    inner = {"Node Type": "Index Scan", "Index Cond": "(id = t.user_id)", "Plan Rows": 1}
    assert pages_touched({"Node Type": "Nested Loop", "Plans": [SCAN, inner]}, {"app.tasks": 30.0}) == 30 + 50 * 6
    assert math.isinf(pages_touched({**inner, "Filter": "(a = $1)"}, {}))
    assert math.isinf(pages_touched(SCAN, {}))
