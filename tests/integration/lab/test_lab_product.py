"""The product, healthy: what each page answers, whose rows it shows, and what it says of its own time."""

from __future__ import annotations

import csv
import io
import time
from typing import Any

import httpx
import psycopg
import pytest
import redis

from lab.staging import Lab
from tests.integration.lab.driver import Client, Counted, parts, project, task, together

PAGES = ("/dashboard", "/projects", f"/projects/{project(3)}", "/tasks/search?q=review", "/invoices", "/audit")
Database = psycopg.Connection[tuple[object, ...]]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_whose_it_is(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["tenant"]) == (200, 3)


@pytest.mark.parametrize("path", [*PAGES, "/export"])
def test_a_page_is_for_those_who_signed_in(client: Client, path: str) -> None:
    assert client.http.get(path).status_code == 401
    token = client.headers["Authorization"]
    forged = token.replace("Bearer 3.", "Bearer 4.")
    assert client.http.get(path, headers={"Authorization": forged}).status_code == 401


def test_a_wrong_password_gives_no_token(client: Client) -> None:
    assert "token" not in Client.sign_in(client.http, 3, password="guess")


def test_each_tenant_gets_its_own_dashboard(client: Client, healthy: Lab, database: Database) -> None:
    database.execute("UPDATE invoices SET total_cents = total_cents * 2 WHERE tenant_id = 5")
    other = Client(client.http, tenant=5)
    revenue = [one.get("/dashboard").json()["revenue_cents"][-1] for one in (client, other, client, other)]
    assert revenue[1] == 2 * revenue[0]
    assert revenue[:2] == revenue[2:]


def test_the_dashboard_counts_open_tasks_day_by_day(client: Client, database: Database) -> None:
    board = client.get("/dashboard").json()
    (expected,) = database.execute(
        "SELECT count(*) FROM tasks WHERE tenant_id = 3 AND created_at <= current_date - 100"
        " AND coalesce(completed_at, 'infinity') > current_date - 100"
    ).fetchone() or (None,)
    assert board["open_tasks"][-101] == expected
    assert len(board["open_tasks"]) == len(board["revenue_cents"]) == 365


def test_a_rush_on_a_dashboard_computes_it_once(healthy: Lab) -> None:
    with redis.Redis.from_url(healthy.target.redis[0].url) as cache:
        cache.flushall()
    with Counted(healthy) as counted:
        answers = together(healthy, 8, lambda user: user.get("/dashboard"))
    assert sum(calls for text, calls in counted.calls.items() if "overdue" in text) == 1
    assert len({answer.content for answer in answers}) == 1


def test_the_project_list_is_one_statement(client: Client, healthy: Lab) -> None:
    with Counted(healthy) as counted:
        projects = client.get("/projects").json()["projects"]
    assert len(projects) == 25
    assert sum(counted.calls.values()) == 1
    assert all(one["owner"].startswith("User") and one["open_tasks"] > 0 for one in projects)


def test_another_tenants_things_are_not_found(client: Client, database: Database) -> None:
    assert client.get(f"/projects/{project(4)}").status_code == 404
    assert client.post("/tasks", json={"project_id": project(4), "title": "Mine?"}).status_code == 404
    assert client.post(f"/tasks/{task(4)}/complete").status_code == 404
    status = database.execute("SELECT status FROM tasks WHERE id = %s", (task(4),)).fetchone()
    assert status == ("open",)


def test_a_task_is_created_found_completed_and_audited(client: Client) -> None:
    made = client.post("/tasks", json={"project_id": project(3), "title": "100% sure_thing"})
    assert made.status_code == 201
    number = made.json()["task"]["id"]
    assert number >= 10**12  # apart from seeded keys
    found = client.get("/tasks/search", params={"q": "0% sure_"}).json()["tasks"]
    assert [one["id"] for one in found] == [number]
    assert client.post(f"/tasks/{number}/complete").json()["task"]["status"] == "done"
    event = client.get("/audit").json()["events"][0]
    assert (event["action"], event["subject"]) == ("task.completed", f"task {number}")


def test_an_invoice_adds_tax_and_is_mailed_by_a_worker(client: Client, database: Database) -> None:
    lines = [{"description": "Seats", "quantity": 2, "unit_cents": 5_000}] * 3
    made = client.post("/invoices", json={"customer": "Acme", "lines": lines})
    invoice = made.json()["invoice"]
    assert invoice["total_cents"] == 35_700
    assert {"downstream", "queue"} <= parts(made).keys()
    assert "mail" not in parts(made)
    first = client.get("/invoices").json()["invoices"][0]
    assert (first["id"], first["net_cents"]) == (invoice["id"], 30_000)
    deadline = time.monotonic() + 10
    while not database.execute(
        "SELECT 1 FROM invoices WHERE id = %s AND mailed_at > issued_at", (invoice["id"],)
    ).rowcount:
        assert time.monotonic() < deadline, "no worker mailed it"
        time.sleep(0.05)


def test_the_export_is_a_csv_of_the_tenants_tasks(client: Client) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/export").text)))
    assert len(rows) >= 470
    assert {row["tenant"] for row in rows} == {"3"}


def test_the_audit_trail_is_read_page_by_page(client: Client) -> None:
    first = client.get("/audit").json()["events"]
    second = client.get("/audit", params={"before": first[-1]["created_at"]}).json()["events"]
    assert len(first) == len(second) == 50
    assert max(event["created_at"] for event in second) < min(event["created_at"] for event in first)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/tasks", {"title": "no project"}),
        ("/tasks", {"project_id": "3", "title": "a text for a number"}),
        ("/invoices", {"customer": ""}),
        ("/invoices", {"customer": "Acme", "lines": [{"quantity": 1}]}),
        ("/session", ["not", "an", "object"]),
    ],
)
def test_a_body_that_does_not_fit_is_refused(client: Client, path: str, body: object) -> None:
    assert client.post(path, json=body).status_code == 422


def test_a_search_for_nothing_and_a_page_that_is_none(client: Client) -> None:
    assert client.get("/tasks/search").status_code == 422
    assert client.get("/audit?before=yesterday").status_code == 422
    assert client.get("/nothing").status_code == 404


def test_the_static_file_is_kept_by_those_who_have_it(client: Client) -> None:
    first = client.http.get("/static/app.js")
    again = client.http.get("/static/app.js", headers={"If-None-Match": first.headers["etag"]})
    assert "max-age" in first.headers["cache-control"]
    assert (again.status_code, again.content) == (304, b"")


def test_server_timing_adds_up(client: Client) -> None:
    spent = parts(client.get(f"/projects/{project(3)}"))
    assert {"pool", "db", "downstream", "render", "total"} == spent.keys()
    assert spent["downstream"] > spent["db"] > 0
    assert sum(spent.values()) - spent["total"] <= spent["total"] + 0.05  # each part is rounded


def test_no_connection_is_held_across_an_outside_call(healthy: Lab) -> None:
    together(healthy, 8, lambda user: user.get(f"/projects/{project(3)}"))
    before = _stats(healthy)["pool"]
    together(healthy, 8, lambda user: user.get(f"/projects/{project(3)}"))
    after = _stats(healthy)["pool"]
    used = after["usage_ms"] - before["usage_ms"]
    assert used < 8 * 60 / 2  # milliseconds: eight calls of 60 would be the least, were they held


def test_statistics_are_published_beside_the_application(healthy: Lab) -> None:
    stats = _stats(healthy)
    (app,) = (process.pid for process in healthy.target.processes if process.role == "app")
    assert stats["pid"] == app
    assert stats["pool"]["pool_max"] == 10
    assert stats["in_flight"] == 0
    assert stats["loop_lag_ms"] >= 0


def _stats(lab: Lab) -> Any:
    return httpx.get(lab.target.app_stats or "", trust_env=False).json()["processes"][0]
