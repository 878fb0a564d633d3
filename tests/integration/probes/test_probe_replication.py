"""Replication on a real primary and a real standby, whose replay the test stops and starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lab.child import Child, stop
from lab.postgres import conninfo, create_schema, make_cluster, serve
from lab.replica import await_replay, make_replica
from probes._probe import NotConfigured, Unavailable
from probes.replication import PROBE
from tests.integration.conftest import Database, await_true, free_port


@pytest.fixture
def pair(roomy: Path) -> Iterator[tuple[str, str]]:
    """How to reach a primary and the standby that follows it."""
    children: list[Child] = []
    try:
        primary = make_cluster(roomy, free_port(), {})
        children.append(serve(primary))
        create_schema(primary.port, ["CREATE TABLE notes (id int, note text)"])
        standby = make_replica(primary, roomy, free_port(), {})
        children.append(serve(standby, "replica"))
        yield conninfo(primary.port), conninfo(standby.port)
    finally:
        stop(children)


def run(conninfo: str, statement: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(statement.encode())


WRITE = "INSERT INTO notes SELECT n, repeat('x', 1000) FROM generate_series(1, 2000) n"


def test_lag_is_what_is_missing_and_not_how_long_nobody_wrote(watch: Callable[..., Any], pair: tuple[str, str]) -> None:
    primary, replica = pair
    probe = watch(PROBE, postgres=primary, replica=replica)
    run(primary, WRITE)
    await_replay(primary, replica, 10)
    time.sleep(2)
    idle = probe.read()
    # The primary keeps its last figure for a while: under a millisecond here, and nothing like the two seconds of rest.
    assert idle("replica.streaming") == 1
    assert idle("replica.lag_s") < 0.5
    run(replica, "SELECT pg_wal_replay_pause()")
    run(primary, WRITE)
    await_true(lambda: probe.read()("replica.behind_bytes", part="replay") > 1_000_000)
    time.sleep(1)
    assert probe.read()("replica.lag_s") > 1
    run(replica, "SELECT pg_wal_replay_resume()")
    await_true(lambda: probe.read()("replica.lag_s") < 0.5)
    assert probe.read()("replica.behind_bytes") < 100_000


def test_rows_that_others_read_on_the_replica_are_counted_and_ours_are_not(
    watch: Callable[..., Any], pair: tuple[str, str]
) -> None:
    primary, replica = pair
    run(primary, WRITE)
    await_replay(primary, replica, 10)
    probe = watch(PROBE, postgres=primary, replica=replica)
    first, second = probe.read(), probe.read()
    assert first("replica.rows_read") == second("replica.rows_read")
    assert second("replica.active") == 0
    run(replica, "SELECT count(*) FROM notes")
    await_true(lambda: probe.read()("replica.rows_read") == first("replica.rows_read") + 2000)


def test_a_replica_that_is_not_named_leaves_a_gap(watch: Callable[..., Any], pair: tuple[str, str]) -> None:
    primary, _ = pair
    probe = watch(PROBE, postgres=primary)
    seen = probe.read()
    assert seen("replica.streaming") == 1
    assert not seen.all("replica.rows_read")
    assert probe.facts()["gaps"]["RPL-NONE"]["lost"] == ["primary-reads", "replica-lag"]


def test_no_replica_is_no_gap_and_a_wrong_one_is(watch: Callable[..., Any], database: Database) -> None:
    with pytest.raises(NotConfigured):
        watch(PROBE, postgres=database.conninfo())
    for other in (database.conninfo(), f"host=127.0.0.1 port={free_port()} user=postgres password=canary"):
        with pytest.raises(Unavailable) as refused:
            watch(PROBE, postgres=database.conninfo(), replica=other)
        assert refused.value.gap.code == "RPL-NONE"
        assert "canary" not in refused.value.gap.reason
