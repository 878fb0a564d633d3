"""Statements on a real Postgres: counted exactly, ours left out, texts and plans fetched once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from probes._probe import Unavailable
from probes.database import PROBE as DATABASE
from probes.statements import PROBE
from probes.tables import PROBE as TABLES
from tests.integration.conftest import Cluster, Database
from tests.integration.probes.remedies import take

BY_TENANT = "SELECT id, note FROM items WHERE tenant = %s /* trace 4711 */"


def work(database: Database, times: int) -> str:
    """Run one statement `times` times as the application would, and return its id."""
    with database.connect("shop") as connection:
        for tenant in range(times):
            with connection.transaction():
                connection.execute(BY_TENANT, [tenant])
        connection.execute("SET work_mem = '8MB'")
        (row,) = connection.execute(
            "SELECT queryid::text FROM pg_stat_statements WHERE query LIKE 'SELECT id, note FROM items%'"
            " AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    return str(row[0])


@pytest.mark.parametrize("role", ["postgres", "watcher"])
def test_calls_and_rows_are_counted_exactly(watch: Callable[..., Any], database: Database, role: str) -> None:
    statement = work(database, 1)
    statements = watch(PROBE, postgres=database.conninfo(role))
    before = statements.read()
    work(database, 7)
    after = statements.read()

    def grown(name: str) -> float:
        return float(
            after(f"db.statement.{name}", statement=statement) - before(f"db.statement.{name}", statement=statement)
        )

    assert grown("calls") == 7
    assert grown("rows") == 7 * 20
    assert grown("blocks_hit") >= 7  # a scan of the whole table each time
    assert grown("exec_ms") > 0


@pytest.mark.parametrize("role", ["postgres", "watcher"])
def test_our_own_and_utility_statements_are_left_out(watch: Callable[..., Any], database: Database, role: str) -> None:
    readers = [watch(probe, postgres=database.conninfo(role)) for probe in (DATABASE, TABLES, PROBE)]
    for _ in range(2):
        for reader in readers:
            reader.read()
        work(database, 3)
    shown = {r.labels["statement"] for r in readers[-1].read().all("db.statement.calls")}
    with database.connect() as connection:
        texts = {
            str(statement): str(text)
            for statement, text in connection.execute(
                "SELECT queryid, query FROM pg_stat_statements"
                " WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        }
    assert any("BEGIN" in text for text in texts.values())
    assert any("rampart" in text for text in texts.values()) == (role == "watcher")
    assert shown == {s for s, text in texts.items() if text.startswith("SELECT") and "rampart" not in text}


def test_facts_hold_texts_and_plans_of_what_ran_meanwhile(watch: Callable[..., Any], database: Database) -> None:
    with database.connect("shop") as connection:
        connection.execute("SELECT 'before the run'")
    statements = watch(PROBE, postgres=database.conninfo("reader"))
    statements.read()
    statement = work(database, 5)
    statements.read()
    found = statements.facts()["statements"]
    assert found[statement]["text"] == "SELECT id, note FROM items WHERE tenant = $1"
    assert found[statement]["plan"]["Node Type"] == "Seq Scan"
    assert found[statement]["plan"]["Relation Name"] == "items"
    assert not any("before the run" in entry["text"] or "rampart" in entry["text"] for entry in found.values())


def test_plans_that_are_denied_are_a_gap_beside_the_texts(watch: Callable[..., Any], database: Database) -> None:
    statements = watch(PROBE, postgres=database.conninfo("watcher"))
    statements.read()
    statement = work(database, 2)
    statements.read()
    facts = statements.facts()
    assert facts["statements"][statement] == {"text": "SELECT id, note FROM items WHERE tenant = $1", "plan": None}
    assert "permission denied for table items" in facts["gaps"]["PG-NOPLAN"]["reason"]


def test_a_table_that_somebody_locks_costs_its_plans_and_no_text(watch: Callable[..., Any], database: Database) -> None:
    statements = watch(PROBE, postgres=database.conninfo("reader"))
    statements.read()
    statement = work(database, 3)
    statements.read()
    with database.connect() as other, other.transaction():
        other.execute("LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
        found = statements.facts()["statements"]
    assert found[statement] == {"text": "SELECT id, note FROM items WHERE tenant = $1", "plan": None}
    assert statements.facts()["statements"][statement]["plan"]


def test_explaining_executes_nothing_and_the_session_cannot_write(
    watch: Callable[..., Any], database: Database
) -> None:
    statements = watch(PROBE, postgres=database.conninfo())
    statements.read()
    with database.connect("shop") as connection:
        connection.execute("WITH gone AS (DELETE FROM items WHERE id = %s RETURNING id) SELECT * FROM gone", [1])
    statements.read()
    statements.facts()
    with database.connect() as connection:
        assert connection.execute("SELECT count(*) FROM items").fetchone() == (999,)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        statements.reader._session.rows("DELETE FROM items RETURNING id")


def test_a_database_without_the_extension_is_a_gap(watch: Callable[..., Any], postgres: Cluster) -> None:
    with pytest.raises(Unavailable) as refused:
        watch(PROBE, postgres=postgres.conninfo("postgres"))
    assert refused.value.gap.code == "PG-NOPGSS"
    assert "CREATE EXTENSION" in refused.value.gap.remedy
    assert "n-plus-one" in refused.value.gap.lost


def test_an_old_extension_is_a_gap(watch: Callable[..., Any], postgres: Cluster) -> None:
    with postgres.connect() as connection:
        connection.execute("CREATE DATABASE upgraded")
    with postgres.connect("upgraded") as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements VERSION '1.4'")
    with pytest.raises(Unavailable) as refused:
        watch(PROBE, postgres=postgres.conninfo("upgraded"))
    assert refused.value.gap.code == "PG-PGSSOLD"
    take(refused.value.gap.remedy, postgres, "upgraded")
    watch(PROBE, postgres=postgres.conninfo("upgraded")).read()


def test_a_role_without_pg_monitor_is_refused(watch: Callable[..., Any], database: Database) -> None:
    with pytest.raises(Unavailable) as refused:
        watch(PROBE, postgres=database.conninfo("stranger"))
    assert refused.value.gap.code == "PG-PRIV"
