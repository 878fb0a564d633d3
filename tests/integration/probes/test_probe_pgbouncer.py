"""A real PgBouncer with two server connections, before a real Postgres."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import psycopg
import pytest

from lab.postgres import ROLE, conninfo
from lab.staging import Lab
from probes._probe import NotConfigured, Unavailable
from probes.pgbouncer import PROBE
from rampart.config import Target
from tests.integration.conftest import await_true
from tests.integration.lab.pgbouncer import needed

pytestmark = needed
OURS = {"database": "saas", "user": "saas"}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.up(flaws=["pooler"]) as started:
        yield started


def client(lab: Lab) -> psycopg.Connection[Any]:
    return psycopg.connect(conninfo(lab.ports.pooler, ROLE), autocommit=True, prepare_threshold=None)


def test_sessions_that_keep_connections_and_the_one_that_waits_are_seen(lab: Lab, watch: Callable[..., Any]) -> None:
    watched = watch(PROBE, pgbouncer=lab.target.pgbouncer)
    with closing(client(lab)) as one:
        one.execute("SELECT 1")  # a database that nobody has used is in no table
    before = watched.read()
    with ExitStack() as held:
        first, second = (held.enter_context(closing(client(lab))) for _ in range(2))
        first.execute("SELECT pg_sleep(0.05)")
        second.execute("SELECT 1")
        third = held.enter_context(closing(client(lab)))
        third.pgconn.send_query(b"SELECT 1")  # two sessions are idle, and keep what there is
        await_true(lambda: watched.read()("pooler.clients_waiting", **OURS) == 1)
        time.sleep(0.3)
        seen = watched.read()
        assert seen("pooler.servers_active", **OURS) == seen("pooler.size", **OURS) == 2
        assert seen("pooler.servers_idle", **OURS) == 0
        assert 0.3 <= seen("pooler.wait_age_s", **OURS) < 1.0  # below a second too
        assert seen("pooler.clients_active", **OURS) == 2
        first.close()
        await_true(lambda: watched.read()("pooler.clients_waiting", **OURS) == 0)
        after = watched.read()
    assert after("pooler.wait_ms") - before("pooler.wait_ms") >= 300
    assert after("pooler.queries") - before("pooler.queries") >= 2
    assert 50 <= after("pooler.query_ms") - before("pooler.query_ms") < 5_000
    assert not after.all("pooler.size", database="pgbouncer")


def test_many_reads_of_one_console_do_not_end_in_prepared_statements(lab: Lab, watch: Callable[..., Any]) -> None:
    watched = watch(PROBE, pgbouncer=lab.target.pgbouncer)
    assert all(len(watched.read().readings) >= 5 for _ in range(12))


def test_what_is_no_console_is_a_gap_and_no_pooler_is_not(lab: Lab, watch: Callable[..., Any]) -> None:
    with pytest.raises(NotConfigured):
        watch(PROBE)
    for wrong in (lab.target.postgres, conninfo(1, "rampart", "pgbouncer")):
        with pytest.raises(Unavailable) as refused:
            watch(PROBE, pgbouncer=wrong)
        assert (refused.value.gap.code, refused.value.gap.lost) == ("PGB-NOADMIN", ("pooler",))


def test_a_stopped_pooler_costs_the_deadline_and_no_more(lab: Lab, watch: Callable[..., Any]) -> None:
    watched = watch(PROBE, pgbouncer=lab.target.pgbouncer)
    [pid] = [match.pid for match in lab.target.processes if match.role == "pooler"]
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        with pytest.raises(TimeoutError):
            watched.read()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert time.monotonic() - began < 1.5
    assert watched.read()("pooler.size") == 2


def test_a_target_without_a_pooler_has_nothing_to_watch() -> None:
    with pytest.raises(NotConfigured):
        PROBE.connect(Target(name="test", url="http://127.0.0.1:1"))
