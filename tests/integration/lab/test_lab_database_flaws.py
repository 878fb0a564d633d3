"""The flaws of the database by their mechanism: what each does to the running system, and that its remedy undoes it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from lab.postgres import ROLE, conninfo
from lab.staging import Lab
from tests.integration.lab.data import TENANTS, seeded
from tests.integration.lab.driver import Client, project, together

Start = Callable[..., Lab]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One with three flaws that do not touch each other; each test mends its own."""
    with seeded("stale-statistics", "slow-query", "lock-contention") as started:
        yield started


def value(lab: Lab, query: str) -> Any:
    with psycopg.connect(lab.target.postgres or "") as database:
        return (database.execute(query.encode()).fetchone() or (None,))[0]


def pages_a_call(lab: Lab, path: str, text: str) -> float:
    """Pages that one call of the statement with `text` touches, and the answer's own check that it says something."""
    with httpx.Client(base_url=lab.target.url, trust_env=False, timeout=30) as http:
        client = Client(http, tenant=3)
        value(lab, "SELECT pg_stat_statements_reset()::text")
        for _ in range(5):
            assert client.get(path).status_code == 200
    touched = f"""SELECT sum(shared_blks_hit + shared_blks_read)::float8 / sum(calls) FROM pg_stat_statements
                  WHERE userid = 'saas'::regrole AND query LIKE '%{text}%'"""
    return float(value(lab, touched))


def test_stale_statistics_read_all_tenants_reminders_for_one(lab: Lab) -> None:
    assert value(lab, "SELECT null_frac FROM pg_stats WHERE tablename = 'tasks' AND attname = 'remind_on'") == 1
    open_tasks = value(lab, "SELECT count(*) FROM tasks WHERE remind_on <= current_date AND completed_at IS NULL")
    misled = pages_a_call(lab, "/tasks/due", "remind_on <=")
    lab.fix("stale-statistics")
    assert pages_a_call(lab, "/tasks/due", "remind_on <=") < misled / 3
    size = value(lab, "SELECT pg_relation_size('tasks')")
    lab.plant("stale-statistics")  # as `rampart confirm` undoes a remedy
    assert pages_a_call(lab, "/tasks/due", "remind_on <=") > misled / 2
    assert value(lab, "SELECT pg_relation_size('tasks')") == size  # a table that grew would be slower by itself
    assert open_tasks > TENANTS * 100


def test_slow_query_reads_every_tenants_tasks(lab: Lab) -> None:
    pages = value(lab, "SELECT relpages FROM pg_class WHERE relname = 'tasks'")
    path = "/reports/turnaround?from=2020-01-01&to=2040-01-01"

    def report() -> Any:
        with httpx.Client(base_url=lab.target.url, trust_env=False, timeout=30) as http:
            return Client(http, tenant=3).get(path).json()

    said = report()
    assert said["everybody"]["tasks"] == TENANTS * said["ours"]["tasks"] > 0
    assert pages_a_call(lab, path, "FROM tasks WHERE completed_at") >= pages
    lab.fix("slow-query")
    assert report() == said  # the same answer, from the rollup
    assert pages_a_call(lab, path, "turnaround_by_day") < pages / 5


def test_lock_contention_makes_every_write_wait_for_the_one_before(lab: Lab) -> None:
    write = "UPDATE tasks SET status = 'done' WHERE tenant_id = %s"

    def waits() -> bool:
        """Whether one tenant's write waits for another's, which is not committed yet."""
        with psycopg.connect(conninfo(lab.ports.db, ROLE)) as one, psycopg.connect(conninfo(lab.ports.db, ROLE)) as two:
            one.execute(write, [1])
            two.execute("SET lock_timeout = '300ms'")
            try:
                two.execute(write, [2])
            except psycopg.errors.LockNotAvailable:
                return True
            finally:
                one.rollback()
                two.rollback()
        return False

    assert waits()
    lab.fix("lock-contention")
    assert not waits()
    lab.plant("lock-contention")
    assert waits()


@contextmanager
def watched(lab: Lab, query: str) -> Iterator[list[int]]:
    """What a query counts, again and again while the block runs."""
    seen: list[int] = []
    running = True

    def look() -> None:
        with psycopg.connect(lab.target.postgres or "", autocommit=True) as database:
            while running:
                seen.append(int((database.execute(query.encode()).fetchone() or (0,))[0]))
                time.sleep(0.005)

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            yield seen
        finally:
            running = False
            looking.result(5)


def test_idle_in_transaction_keeps_transactions_open_across_outside_calls(start: Start) -> None:
    lab = start("idle-in-transaction")
    idle = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'saas' AND state = 'idle in transaction'"

    def often(sessions: int) -> float:
        """The share of instants with so many idle transactions while nine people look at projects."""
        with watched(lab, idle) as seen:
            together(lab, 9, lambda user: user.get(f"/projects/{project(3)}"))
        return sum(count >= sessions for count in seen) / len(seen)

    often(1)
    assert often(3) > 0.2
    lab.fix("idle-in-transaction")
    often(1)
    assert often(1) < 0.1


def test_db_connections_refuses_what_the_pools_may_take(start: Start) -> None:
    lab = start("db-connections")
    slots = int(value(lab, "SHOW max_connections")) - int(value(lab, "SHOW superuser_reserved_connections"))

    def crowd() -> list[Any]:
        """What each process says of its pool after sixty people at once."""
        together(lab, 60, lambda user: user.get(f"/projects/{project(3)}"))
        pools = [p["pool"] for p in httpx.get(lab.target.app_stats or "", trust_env=False).json()["processes"]]
        return [(pool["pool_max"], pool["pool_size"]) for pool in pools]

    pools = crowd()
    assert len(pools) == 3
    assert sum(most for most, _ in pools) > 2 * slots
    assert sum(held for _, held in pools) <= slots + len(pools)  # each goes on asking for one more
    assert "connection slots" in "".join(path.read_text() for path in lab.folder.glob("app*.log"))
    lab.fix("db-connections")
    assert crowd() == [(10, 10)]
    assert int(value(lab, "SHOW max_connections")) > 2 * slots


def test_db_io_reads_from_the_disk_what_memory_would_hold(start: Start) -> None:
    lab = start("db-io")
    reads = """SELECT sum(shared_blks_read)::float8 / sum(shared_blks_hit + shared_blks_read) FROM pg_stat_statements
               WHERE userid = 'saas'::regrole AND query LIKE '%invoice_lines%'"""

    def missed() -> float:
        """The share of the pages of an invoice list that are not in memory, when twenty tenants take turns."""
        with httpx.Client(base_url=lab.target.url, trust_env=False, timeout=30) as http:
            clients = [Client(http, tenant) for tenant in range(1, TENANTS + 1)]
            for round in range(2):
                value(lab, "SELECT pg_stat_statements_reset()::text")
                assert all(client.get("/invoices").status_code == 200 for client in clients), round
        return float(value(lab, reads))

    assert missed() > 0.1
    assert value(lab, "SHOW debug_io_direct") == "data"
    lab.fix("db-io")
    assert missed() == 0
    assert not value(lab, "SHOW debug_io_direct")
