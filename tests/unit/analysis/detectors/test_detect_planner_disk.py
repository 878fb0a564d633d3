"""A planner that is misled and a disk that is too slow, told from what only looks like either."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planted.causes import Cause, verdict
from tests.planted.causes_planner_disk import LOOP, misled, slow_disk, slow_log


def statuses(found: dict) -> dict[str, str]:  # type: ignore[type-arg]
    return {f.id: f.status for f in found.ranked}


@pytest.mark.parametrize("cause", [misled(), misled(changed=0.0, analyzed=0.0)], ids=["changed", "never analysed"])
def test_a_plan_that_expects_far_too_little_of_a_stale_table_is_named(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert found.first.id == "stale-statistics"
    sooner = "ALTER TABLE public.lines SET (autovacuum_analyze_scale_factor = 0.01);"
    assert found.first.remedy.sql == f"ANALYZE public.lines;\n{sooner}"
    assert "db-cpu" in found.first.consequences


def test_pages_tell_where_an_aggregate_hides_the_rows(tmp_path: Path) -> None:
    counted = {"Node Type": "Aggregate", "Plan Rows": 1, "Plans": [LOOP]}
    assert verdict(tmp_path, misled(plan=counted)).first.id == "stale-statistics"


def test_a_stale_table_whose_plan_is_right_is_suspected_at_most(tmp_path: Path) -> None:
    found = verdict(tmp_path, misled(rows=6.0))
    assert statuses(found)["stale-statistics"] == "suspected"
    assert found.first.id != "stale-statistics"


def test_a_wrong_expectation_of_a_table_that_is_merely_due_is_not_staleness(tmp_path: Path) -> None:
    assert "stale-statistics" not in statuses(verdict(tmp_path, misled(changed=0.12)))


def test_rows_that_are_counted_twice_after_a_load_are_not_changed_ones(tmp_path: Path) -> None:
    """As seen on Postgres 18: a load hands in its counts after the ANALYZE that follows it."""
    assert "stale-statistics" not in statuses(verdict(tmp_path, misled(changed=0.5, inserted=5e5)))


def test_an_index_that_is_missing_comes_before_statistics(tmp_path: Path) -> None:
    scan = {
        "Node Type": "Seq Scan",
        "Relation Name": "lines",
        "Filter": "(order_id = $1)",
        "Plan Rows": 5,
        "Alias": "l",
    }
    cause = misled(rows=20_000.0, plan=scan)
    cause.facts["tables"]["public.lines"]["indexes"] = []
    found = verdict(tmp_path, cause)
    assert found.first.id == "missing-index"


@pytest.mark.parametrize(("index", "missing"), [("(order_id)", True), ("(kind, order_id, created_at)", False)])
def test_an_index_by_the_parent_alone_leaves_one_missing(tmp_path: Path, index: str, missing: bool) -> None:
    scan = {
        "Node Type": "Index Scan",
        "Relation Name": "lines",
        "Index Cond": "(order_id = $1)",
        "Filter": "(kind = $2)",
        "Plan Rows": 5,
        "Alias": "l",
    }
    cause = misled(rows=20_000.0, plan=scan)
    cause.facts["tables"]["public.lines"]["indexes"] = [f"CREATE INDEX i ON public.lines USING btree {index}"]
    found = verdict(tmp_path, cause)
    assert (found.first.id == "missing-index") is missing
    if missing:
        assert found.first.remedy.sql == "CREATE INDEX CONCURRENTLY ON public.lines (order_id, kind);"


@pytest.mark.parametrize(
    ("index", "missing"), [("(note)", True), ("(upper(note))", False)], ids=["of the column", "of the function"]
)
def test_a_look_up_by_a_function_wants_an_index_of_the_function(tmp_path: Path, index: str, missing: bool) -> None:
    scan = {
        "Node Type": "Seq Scan", "Relation Name": "lines", "Filter": "(upper((note)::text) = upper($1))",
        "Plan Rows": 5, "Alias": "l",
    }  # fmt: skip
    cause = misled(rows=20_000.0, plan=scan)
    cause.facts["tables"]["public.lines"]["indexes"] = [f"CREATE INDEX i ON public.lines USING btree {index}"]
    found = verdict(tmp_path, cause)
    assert (found.first is not None and found.first.id == "missing-index") is missing
    if missing:
        assert found.first.remedy.sql == "CREATE INDEX CONCURRENTLY ON public.lines (upper(note));"


def test_the_index_that_is_advised_is_of_the_scan_that_lacks_one(tmp_path: Path) -> None:
    """Two scans in one statement: the first keeps most of its rows, so only the second wants an index."""
    most = {"Node Type": "Seq Scan", "Relation Name": "orders", "Filter": "(paid = $2)", "Plan Rows": 900_000}
    few = {"Node Type": "Seq Scan", "Relation Name": "lines", "Filter": "(order_id = $1)", "Plan Rows": 5}
    cause = misled(rows=20_000.0, plan={"Node Type": "Append", "Plans": [most, few]})
    lines = cause.facts["tables"]["public.lines"]
    lines["indexes"] = []
    cause.facts["tables"]["public.orders"] = {**lines}
    assert verdict(tmp_path, cause).first.remedy.sql == "CREATE INDEX CONCURRENTLY ON public.lines (order_id);"


def test_a_disk_that_is_waited_for_is_named(tmp_path: Path) -> None:
    found = verdict(tmp_path, slow_disk())
    assert found.first.id == "db-io"
    assert found.first.resource == "disk of the database"


@pytest.mark.parametrize(
    "cause",
    [slow_disk(pressure=0.0), slow_disk(pages=0.1), slow_disk(wait="BufFileWrite")],
    ids=["the system's cache answers", "few pages", "a spill"],
)
def test_waiting_that_is_not_for_pages_of_a_disk_has_another_cause(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert statuses(found).get("db-io") != "supported"
    assert found.first is None or found.first.id == "slow-query"


def test_commits_that_wait_for_the_log_are_named_although_no_statement_shows_them(tmp_path: Path) -> None:
    found = verdict(tmp_path, slow_log())
    assert found.first.id == "db-io"
    assert found.first.resource == "write-ahead log of the database"
