"""The flaws around a replica by their mechanism, and that their remedies undo it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from lab.staging import Lab
from tests.integration.conftest import await_true
from tests.integration.lab.data import seeded
from tests.integration.lab.driver import Client, project

Start = Callable[..., Lab]


@contextmanager
def client(lab: Lab) -> Iterator[Client]:
    with httpx.Client(base_url=lab.target.url, trust_env=False, timeout=30) as http:
        yield Client(http, tenant=3)


def value(conninfo: str | None, query: str) -> Any:
    with psycopg.connect(conninfo or "") as database:
        return (database.execute(query.encode()).fetchone() or (None,))[0]


def sees_its_own_task(user: Client) -> bool:
    made = user.post("/tasks", json={"project_id": project(3), "title": "Follow up"}).json()["task"]["id"]
    return made in {task["id"] for task in user.get(f"/projects/{project(3)}").json()["tasks"]}


def test_a_lagging_replica_shows_the_past_until_it_follows_at_once(start: Start) -> None:
    lab = start("lagging-replica:weak")
    with client(lab) as user:
        assert not sees_its_own_task(user)
    lab.fix("lagging-replica")
    with client(lab) as user:
        assert sees_its_own_task(user)
    assert value(lab.target.replica, "SHOW recovery_min_apply_delay") == "0"


@pytest.fixture(scope="module")
def reading() -> Iterator[Lab]:
    """One that reads from its primary alone."""
    with seeded("primary-reads") as lab:
        yield lab


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores cannot be told apart here")
def test_each_database_server_is_kept_on_a_core_of_its_own(reading: Lab) -> None:
    roles = {match.role: match.pid for match in reading.target.processes}
    primary, replica = (psutil.Process(roles[role]) for role in ("db", "replica"))
    for server in (primary, replica):
        kept = server.cpu_affinity()
        assert len(kept) == 1
        assert all(session.cpu_affinity() == kept for session in server.children())
    if len(os.sched_getaffinity(0)) > 1:
        assert primary.cpu_affinity() != replica.cpu_affinity()
        assert len(psutil.Process(roles["app"]).cpu_affinity()) > 1


def test_the_replica_idles_until_reads_take_turns_with_it(reading: Lab) -> None:
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'saas'"
    rows = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int FROM pg_stat_user_tables"

    def read() -> None:
        with client(reading) as user:
            for path in ("/projects", "/audit", f"/projects/{project(3)}", "/tasks/search?q=review") * 5:
                answer = user.get(path)
                assert answer.status_code == 200
                assert len(answer.json()["trend"]) > 28

    read()
    assert value(reading.target.replica, sessions) == 0
    before = value(reading.target.replica, rows)
    reading.fix("primary-reads")
    read()
    assert value(reading.target.replica, sessions) > 0
    await_true(lambda: value(reading.target.replica, rows) > before, 15)  # idle sessions hand in their counts late
