"""Sessions on a real Postgres, each in a state that the test put it in."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest

from probes._probe import NotConfigured, Unavailable
from probes.locks import PROBE as LOCKS
from probes.sessions import PROBE
from tests.integration.conftest import Cluster, Database, await_true, free_port, start_postgres, stop


def test_idle_in_transaction_is_seen_with_its_statement_and_age(watch: Callable[..., Any], database: Database) -> None:
    sessions = watch(PROBE, postgres=database.conninfo())
    before = sessions.read()
    with database.connect("shop") as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM items")
        time.sleep(0.3)
        now = sessions.read()
        assert now("db.sessions", state="idle in transaction", wait_type="Client", wait="ClientRead") == 1
        (active,) = now.all("db.active", state="idle in transaction")
        assert active.labels["statement"].lstrip("-").isdigit()
        assert now("db.transaction_age_s") >= now("db.idle_in_transaction_age_s") >= 0.25
    assert before("db.idle_in_transaction_age_s") == before("db.transaction_age_s") == 0
    assert not before.all("db.active")


def test_our_own_connections_are_in_no_count(watch: Callable[..., Any], database: Database) -> None:
    sessions = watch(PROBE, postgres=database.conninfo())
    alone = sessions.read()
    watch(LOCKS, postgres=database.conninfo())
    with database.connect("shop"), database.connect("shop"):
        crowded = sessions.read()
    assert crowded("db.connections.used") - alone("db.connections.used") == 2
    # The slot that our second connection took is one that the target cannot have.
    assert crowded("db.connections.limit") - alone("db.connections.limit") == -1


def test_a_busy_session_counts_as_processor(watch: Callable[..., Any], database: Database) -> None:
    sessions = watch(PROBE, postgres=database.conninfo())
    with database.connect("shop") as connection:
        busy = Thread(target=connection.execute, args=("SELECT sum(n) FROM generate_series(1, 3000000) n",))
        busy.start()
        await_true(lambda: bool(sessions.read().all("db.active", state="active", wait_type="cpu", wait="cpu")), 5)
        busy.join()


def test_a_role_without_pg_monitor_is_refused(watch: Callable[..., Any], database: Database) -> None:
    with pytest.raises(Unavailable) as refused:
        watch(PROBE, postgres=database.conninfo("stranger"))
    assert refused.value.gap.code == "PG-PRIV"
    assert refused.value.gap.remedy == 'GRANT pg_monitor TO "stranger";'
    assert "lock-contention" in refused.value.gap.lost
    watch(PROBE, postgres=database.conninfo("watcher")).read()


def test_a_server_without_an_encoding_answers_in_text(watch: Callable[..., Any], postgres: Cluster) -> None:
    with postgres.connect() as connection:
        connection.execute("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII'")
    with postgres.connect("ascii"):
        assert watch(PROBE, postgres=postgres.conninfo("ascii")).read()("db.sessions", state="idle") == 1


def test_no_server_is_a_gap_and_no_postgres_is_not(watch: Callable[..., Any]) -> None:
    with pytest.raises(Unavailable) as refused:
        watch(PROBE, postgres=f"host=127.0.0.1 port={free_port()} user=postgres password=canary")
    assert refused.value.gap.code == "PG-CONN"
    assert "canary" not in refused.value.gap.reason
    with pytest.raises(NotConfigured):
        watch(PROBE)


def test_a_full_server_says_so(watch: Callable[..., Any], postgres: Cluster) -> None:
    held: list[psycopg.Connection[Any]] = []
    try:
        with pytest.raises(psycopg.OperationalError):
            held.extend(postgres.connect(user="watcher") for _ in range(60))
        with pytest.raises(Unavailable) as refused:
            watch(PROBE, postgres=postgres.conninfo(user="watcher"))
    finally:
        for connection in held:
            connection.close()
    assert refused.value.gap.code == "PG-CONN"
    assert "db-connections" in refused.value.gap.remedy


def test_a_stopped_backend_costs_the_deadline_and_no_more(watch: Callable[..., Any], database: Database) -> None:
    sessions = watch(PROBE, postgres=database.conninfo())
    with database.connect() as connection:
        (row,) = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'rampart-probe'")
    pid = int(str(row[0]))
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            sessions.read()
        assert time.monotonic() - began < 2 * PROBE.deadline_s
    finally:
        os.kill(pid, signal.SIGCONT)
    sessions.read()  # on a connection of its own making


def test_a_killed_server_is_an_error_at_once(watch: Callable[..., Any], roomy: Path) -> None:
    cluster = start_postgres(roomy)
    try:
        sessions = watch(PROBE, postgres=cluster.conninfo())
        sessions.read()
    finally:
        stop(cluster.process)
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError):
            sessions.read()
        assert time.monotonic() - began < PROBE.deadline_s
