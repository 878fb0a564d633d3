"""Flaws of the application and of its jobs, by their mechanism, and that their remedies undo them."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator

import httpx
import psycopg
import pytest
import redis
import rq
from rq.registry import StartedJobRegistry

from lab.harness_load import driven
from lab.outside import SERVICE_S
from lab.staging import Lab
from tests.integration.lab.data import seeded
from tests.integration.lab.driver import Client, parts, project, together

GONE = 8  # the relay no longer knows the mailboxes of tenants whose number ends so
LARGE = 5
CALL_MS = 1000 * SERVICE_S  # of an outside service, which nothing makes shorter


@pytest.fixture(scope="module")
def one() -> Iterator[Lab]:
    with seeded("queue-retries", "report-in-request", "slow-service", "rate-limited", "load-generator") as lab:
        yield lab


@pytest.fixture(scope="module")
def other() -> Iterator[Lab]:
    with seeded("event-loop-blocked", "noisy-tenant", "app-cpu", "http-cache-missing") as lab:
        yield lab


def answer(lab: Lab, path: str, tenant: int = 3) -> httpx.Response:
    """The second answer: the first opens connections and imports what it needs."""
    with httpx.Client(base_url=lab.target.url, trust_env=False, timeout=30) as http:
        client = Client(http, tenant)
        client.get(path)
        return client.get(path)


def runs(lab: Lab, seconds: float) -> tuple[int, int]:
    """Failed runs of jobs within some seconds after one invoice to a mailbox that is gone; jobs left at their end."""
    with redis.Redis.from_url(lab.target.queues[0].url) as queue:

        def failed() -> int:
            return sum(int(queue.hget(key, "failed_job_count") or 0) for key in queue.smembers("rq:workers"))

        before = failed()
        with httpx.Client(base_url=lab.target.url, trust_env=False) as http:
            assert Client(http, GONE).post("/invoices", json={"customer": "Acme"}).status_code == 201
        time.sleep(seconds)
        return failed() - before, max(_left(queue) for _ in range(20))


def _left(queue: redis.Redis) -> int:
    """Different jobs that wait or run: one put back does both for a moment, one just taken neither; so look often."""
    time.sleep(0.01)
    jobs = rq.Queue(connection=queue)
    return len({*StartedJobRegistry(queue=jobs).get_job_ids(cleanup=False), *jobs.get_job_ids()})


def test_a_job_that_cannot_succeed_comes_back_for_ever(one: Lab) -> None:
    again, left = runs(one, 1.5)
    assert again > 2
    assert left == 1
    one.fix("queue-retries")
    time.sleep(0.5)  # the one that went round is dropped the next time that it runs
    assert runs(one, 0.5) == (0, 0)


def test_a_report_is_drawn_while_somebody_waits(one: Lab) -> None:
    drawn = answer(one, "/export")
    with zipfile.ZipFile(io.BytesIO(drawn.content)) as report:
        assert len(report.namelist()) == 4
        rows = report.read("tasks.csv").decode()
    one.fix("report-in-request")
    plain = answer(one, "/export")
    assert plain.text == rows
    assert parts(drawn)["render"] > 20 * parts(plain)["render"]


def test_an_outside_service_queues_those_on_the_free_plan(one: Lab) -> None:

    def waits() -> list[float]:
        answers = together(one, 8, lambda user: user.get(f"/projects/{project(3)}"))
        return sorted(parts(answer)["downstream"] for answer in answers)

    queued = max((waits() for _ in range(4)), key=max)  # the try in which they came together
    assert queued[-1] >= 4 * CALL_MS  # four rounds of two
    one.fix("slow-service")
    assert sum(waits()) < sum(queued)


def test_a_limit_by_address_refuses_the_load_and_lets_people_sign_in(one: Lab) -> None:

    def refused() -> list[httpx.Response]:
        answers = together(one, 100, lambda user: user.get("/nothing")) if one.in_force else []
        answers += together(one, 250, lambda user: user.get("/nothing"))
        return [answer for answer in answers if answer.status_code != 404]

    answers = refused()
    assert answers
    assert {answer.status_code for answer in answers} == {429}
    assert all(answer.headers["retry-after"] == "1" for answer in answers)
    one.fix("rate-limited")
    assert refused() == []


def test_a_heavy_scenario_takes_the_place_of_the_targets_own_until_it_is_mended(one: Lab) -> None:
    assert driven(one.target).load.scenario == "scenarios/comparing.py"
    one.fix("load-generator")
    assert driven(one.target) == one.target


def test_a_script_that_nobody_may_keep_is_packed_for_each_who_asks(other: Lab) -> None:
    unsaid = answer(other, "/static/app.js")
    assert not {"etag", "cache-control", "last-modified"} & set(unsaid.headers)
    other.fix("http-cache-missing")
    kept = answer(other, "/static/app.js")
    assert kept.text == unsaid.text
    assert {"etag", "cache-control"} <= set(kept.headers)
    assert parts(unsaid)["total"] > 5 * parts(kept)["total"]


def test_a_blocking_call_makes_all_others_wait(other: Lab) -> None:

    def totals() -> list[float]:
        answers = together(other, 8, lambda user: user.get(f"/projects/{project(3)}"))
        return sorted(parts(answer)["total"] for answer in answers)

    totals()
    blocked = max((totals() for _ in range(4)), key=max)  # the try in which they came together
    assert blocked[-1] >= 8 * CALL_MS  # one after the other
    other.fix("event-loop-blocked")
    totals()
    assert sum(totals()) < sum(blocked)


def test_only_a_large_tenants_search_is_dear(other: Lab) -> None:
    with psycopg.connect(other.target.postgres or "") as database:
        more = """INSERT INTO tasks (tenant_id, project_id, title, created_at)
                  SELECT tenant_id, project_id, title, created_at FROM tasks CROSS JOIN generate_series(1, 3)
                  WHERE tenant_id = %s"""
        database.execute(more, (LARGE,))

    def ratio() -> float:
        """The quicker of two answers each, in turn: what else the machine does only adds."""
        seen = [[parts(answer(other, "/tasks/search?q=review", who))["render"] for who in (LARGE, 3)] for _ in range(2)]
        large, small = (min(times) for times in zip(*seen, strict=True))
        return large / small

    assert ratio() > 6  # four times the tasks: up to sixteen times the work
    other.fix("noisy-tenant")
    assert ratio() < 3  # fifty rows for everybody


def test_a_template_is_compiled_for_each_answer(other: Lab) -> None:
    laid_out = answer(other, "/invoices")
    other.fix("app-cpu")
    encoded = answer(other, "/invoices")
    assert laid_out.json() == encoded.json()
    assert parts(laid_out)["render"] > 10 * parts(encoded)["render"]
