"""Tables and indexes on a real Postgres: scans counted, statistics known or not, facts for people."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from probes.tables import PROBE
from tests.integration.conftest import Database

ITEMS = "public.items"


@pytest.mark.parametrize("role", ["postgres", "stranger"])
def test_scans_and_rows_are_counted(watch: Callable[..., Any], database: Database, role: str) -> None:
    tables = watch(PROBE, postgres=database.conninfo(role))
    before = tables.read()
    with database.connect("shop") as connection:
        for _ in range(3):
            connection.execute("SELECT count(*) FROM items WHERE tenant = 7")
        for key in (1, 2):
            connection.execute("SELECT note FROM items WHERE id = %s", [key], prepare=False)
        connection.execute("UPDATE items SET note = 'y' WHERE id <= 10")
    database.settle()
    after = tables.read()

    def grown(name: str, **labels: str) -> float:
        return float(after(name, table=ITEMS, **labels) - before(name, table=ITEMS, **labels))

    assert grown("db.table.seq_scans") in (3, 4)  # the planner may scan for the UPDATE
    assert grown("db.table.seq_rows") == 1000 * grown("db.table.seq_scans")
    assert grown("db.table.updated") == 10
    assert grown("db.index.scans", index="items_pkey") == grown("db.table.index_scans") >= 2
    assert after("db.table.bytes", table=ITEMS) > 40 * 1000


@pytest.mark.parametrize(("role", "unknown"), [("reader", False), ("watcher", True)])
def test_whether_the_planner_has_statistics(
    watch: Callable[..., Any], database: Database, role: str, unknown: bool
) -> None:
    with database.connect("shop") as connection:
        connection.execute("CREATE TABLE fresh AS SELECT n FROM generate_series(1, 100) n")
        connection.execute("CREATE TABLE vacuumed AS SELECT n FROM generate_series(1, 100) n")
        connection.execute("VACUUM vacuumed")  # sets the row count, and no statistics
        connection.execute("ANALYZE items")
    now = watch(PROBE, postgres=database.conninfo(role)).read()
    assert now("db.table.analyzed", table=ITEMS) == 1
    assert now("db.table.analyzed", table="public.fresh") == 0
    if unknown:
        assert not now.all("db.table.analyzed", table="public.vacuumed")
    else:
        assert now("db.table.analyzed", table="public.vacuumed") == 0


def test_a_table_that_is_being_rebuilt_costs_its_size_only(watch: Callable[..., Any], database: Database) -> None:
    tables = watch(PROBE, postgres=database.conninfo())
    before = tables.read()
    with database.connect("shop") as connection:
        connection.execute("BEGIN")
        connection.execute("LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
        during = tables.read()
        connection.execute("COMMIT")
    for metric in ("db.table.bytes", "db.table.live_rows"):
        assert during(metric, table=ITEMS) == before(metric, table=ITEMS)


def test_facts_tell_rows_indexes_and_selectivity(watch: Callable[..., Any], database: Database) -> None:
    with database.connect("shop") as connection:
        connection.execute("ANALYZE items")
    facts = watch(PROBE, postgres=database.conninfo("reader")).facts()["tables"][ITEMS]
    assert facts["rows"] == 1000
    assert facts["indexes"] == ["CREATE UNIQUE INDEX items_pkey ON public.items USING btree (id)"]
    assert facts["distinct"]["tenant"] == 50
    assert facts["distinct"]["id"] == -1


def test_reading_does_not_wait_behind_writers(watch: Callable[..., Any], database: Database) -> None:
    tables = watch(PROBE, postgres=database.conninfo())
    with database.connect("shop") as writer:
        writing = Thread(
            target=writer.execute, args=("INSERT INTO items SELECT n, 1 FROM generate_series(2000, 99999) n",)
        )
        writing.start()
        assert tables.read().all("db.table.seq_scans", table=ITEMS)
        writing.join()
