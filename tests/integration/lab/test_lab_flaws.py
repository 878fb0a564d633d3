"""Each flaw by its mechanism: what it does to the running system, and that its remedy undoes it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psutil
import psycopg
import pytest
import redis

from lab.profiles import FLAWS
from lab.staging import Lab
from tests.integration.lab.data import seeded
from tests.integration.lab.driver import Client, Counted, parts, project, together

Start = Callable[..., Lab]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One with four flaws that do not touch each other; each test mends its own."""
    with seeded("missing-index", "n-plus-one", "cache-missing", "workers") as started:
        yield started


@contextmanager
def signed_in(lab: Lab) -> Iterator[Client]:
    with httpx.Client(base_url=lab.target.url, trust_env=False, timeout=30) as http:
        yield Client(http, tenant=3)


def lines_read(lab: Lab, requests: int) -> float:
    """Rows of invoice_lines that sequential scans read for one invoice list."""

    def scanned() -> int:
        time.sleep(1.2)  # the servers behind the pool report their counts at most once a second
        with psycopg.connect(lab.target.postgres or "") as database:
            query = "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'invoice_lines'"
            return int((database.execute(query).fetchone() or (0,))[0])

    with signed_in(lab) as client:
        before = scanned()
        for _ in range(requests):
            client.get("/invoices")
        client.get("/healthz")
        return (scanned() - before) / requests


def test_missing_index_reads_every_tenants_lines(lab: Lab) -> None:
    assert lines_read(lab, 5) == 20 * 390
    lab.fix("missing-index")
    assert lines_read(lab, 5) == 0


def test_n_plus_one_sends_eight_statements_for_each_project(lab: Lab) -> None:

    def statements() -> tuple[int, object]:
        with signed_in(lab) as client, Counted(lab) as counted:
            found = client.get("/projects").json()["projects"]
        return sum(calls for text, calls in counted.calls.items() if "password_hash" not in text), found

    lazy, found = statements()
    assert lazy == 1 + 8 * 25
    lab.fix("n-plus-one")
    assert statements() == (1, found)  # the same answer, in one statement


def test_app_pool_waits_while_its_connections_idle(start: Start) -> None:
    lab = start("app-pool")

    def spent() -> dict[str, float]:
        answers = together(lab, 8, lambda user: user.get(f"/projects/{project(3)}"))
        each = [parts(answer) for answer in answers]
        return {name: sum(one[name] for one in each) for name in ("pool", "db", "downstream")}

    before = lab.target
    starved = spent()
    # Four rounds of two: the mean request waits for one and a half outside calls of others.
    assert starved["pool"] > starved["downstream"] > starved["db"]
    lab.fix("app-pool")
    spent()
    assert spent()["pool"] < starved["pool"] / 4
    after = lab.target
    assert (after.url, after.app_stats, after.postgres) == (before.url, before.app_stats, before.postgres)
    assert {process.role for process in set(before.processes) - set(after.processes)} == {"app"}
    lab.fix("app-pool")
    assert lab.target == after  # what is mended stays as it is


def test_cache_missing_computes_the_same_dashboard_for_each_view(lab: Lab) -> None:

    def computed() -> tuple[int, set[bytes]]:
        with signed_in(lab) as client, Counted(lab) as counted:
            answers = {client.get("/dashboard").content for _ in range(5)}
        return sum(calls for text, calls in counted.calls.items() if "overdue" in text), answers

    times, answers = computed()
    assert times == 5
    assert len(answers) == 1
    lab.fix("cache-missing")
    assert computed() == (1, answers)


def test_sync_work_mails_while_the_user_waits(start: Start) -> None:
    lab = start("sync-work")
    invoice = {"customer": "Acme"}
    answers = together(lab, 9, lambda user: user.post("/invoices", json=invoice))
    mail = sorted(parts(answer)["mail"] for answer in answers)
    assert all("queue" not in parts(answer) for answer in answers)
    # The relay speaks to six at once, so three of the nine waited for a whole session of another.
    assert mail[-1] > 1.5 * mail[0]
    with signed_in(lab) as client:
        alone = [parts(client.post("/invoices", json=invoice)) for _ in range(3)]
        assert all(one["mail"] > one["total"] / 2 for one in alone)
        lab.fix("sync-work")  # the same address, and tokens stay good
        mended = [parts(client.post("/invoices", json=invoice)) for _ in range(3)]
    assert not any("mail" in one for one in mended)
    # The quickest of three, each state alike: what else the machine does only adds.
    assert min(one["queue"] for one in mended) < min(one["mail"] for one in alone) / 4


def test_workers_fall_behind_while_requests_stay_quick(lab: Lab) -> None:

    def backlog(jobs: int) -> tuple[int, float]:
        """Workers, and seconds to drain so many jobs."""
        with redis.Redis.from_url(lab.target.queues[0].url) as queue:
            answers = together(lab, jobs, lambda user: user.post("/invoices", json={"customer": "Acme"}))
            assert all(answer.status_code == 201 for answer in answers)
            began = time.monotonic()
            while queue.llen("rq:queue:default"):
                time.sleep(0.01)
            return int(queue.scard("rq:workers")), time.monotonic() - began

    backlog(2)  # the session with the relay is opened by the first job
    workers, slow = backlog(24)
    assert workers == 1
    lab.fix("workers")
    backlog(8)
    workers, quick = backlog(24)
    assert workers == 4
    assert quick < slow / 2


def test_nothing_that_is_published_names_a_flaw(start: Start) -> None:
    lab = start(*FLAWS)
    assert set(lab.planted) == set(FLAWS)
    with signed_in(lab) as client, psycopg.connect(lab.target.postgres or "") as database:
        seen = [str(client.get(path).headers) for path in ("/dashboard", "/projects", "/invoices")]
        seen += [httpx.get(lab.target.app_stats or "", trust_env=False).text]
        for process in lab.target.processes:
            child = psutil.Process(process.pid or 0)
            seen += [" ".join([child.name(), *child.cmdline()]), str(child.environ())]
        seen += [str(database.execute("SELECT relname FROM pg_class").fetchall())]
        seen += [str(database.execute("SELECT application_name, query FROM pg_stat_activity").fetchall())]
    text = "\n".join(seen).lower().replace("_", "-")
    # That there are workers is no secret, and RQ says so in the names of its keys.
    assert [name for name in FLAWS if name != "workers" and name in text] == []
    assert "flaw" not in text
