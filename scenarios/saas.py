"""People at work in a multi-tenant SaaS: an ordinary locustfile, `locust -f scenarios/saas.py --host URL` runs it.

Each user belongs to one tenant, chosen by its size, thinks exponentially (a pacing would phase-lock all users), and
checks that every answer belongs to its tenant.
"""

from __future__ import annotations

import csv
import functools
import itertools
import json
import os
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from locust import FastHttpUser, poisson, task
from locust.exception import StopUser

_RANDOM = random.Random(int(os.environ.get("RAMPART_SEED", "1")))


@functools.cache
def _tenants() -> tuple[list[int], list[float]]:
    """Tenant ids, and cumulated weights by their number of rows; 100 equal tenants when no list is named."""
    path = os.environ.get("RAMPART_TENANTS")
    if not path:
        return list(range(1, 101)), [float(n) for n in range(1, 101)]
    with Path(path).open() as file:
        rows = list(csv.DictReader(file))
    return [int(row["id"]) for row in rows], list(itertools.accumulate(float(row["rows"]) for row in rows))


class SaasUser(FastHttpUser):
    """One person of one tenant."""

    wait_time = poisson(1)
    network_timeout = 30.0
    connection_timeout = 10.0

    def on_start(self) -> None:
        ids, weights = _tenants()
        self.tenant: int = _RANDOM.choices(ids, cum_weights=weights)[0]
        self.projects: list[int] = []
        self.open_tasks: list[int] = []
        credentials = {"email": f"user1@tenant{self.tenant}.example", "password": "rampart"}
        answer = self._send("POST", "/session", json=credentials)
        if not answer or "token" not in answer:
            raise StopUser
        self.auth = {"Authorization": f"Bearer {answer['token']}"}

    def context(self) -> dict[str, Any]:
        return {"tenant": getattr(self, "tenant", -1)}

    def _send(self, method: str, path: str, name: str | None = None, **options: Any) -> Any:
        """Send one request, check whose answer it is, and give its JSON (None: it failed or is not JSON)."""
        headers = getattr(self, "auth", {})
        with self.client.request(
            method, path, name=name or path, headers=headers, catch_response=True, **options
        ) as response:
            if response.status_code == 0 or response.status_code >= 400:
                response.failure(f"status {response.status_code}")
                return None
            if "json" not in response.headers.get("Content-Type", ""):
                return None
            answer = json.loads(response.content)
            if answer.get("tenant", self.tenant) != self.tenant:
                response.failure(f"wrong_tenant: asked for {self.tenant}, got {answer['tenant']}")
            return answer

    def _remember(self, answer: Any, key: str, into: list[int]) -> None:
        into[:] = [row["id"] for row in (answer or {}).get(key, [])]

    @task(25)
    def dashboard(self) -> None:
        self._send("GET", "/dashboard")

    @task(15)
    def project_list(self) -> None:
        self._remember(self._send("GET", "/projects"), "projects", self.projects)

    @task(15)
    def project_page(self) -> None:
        if not self.projects:
            return self.project_list()
        answer = self._send("GET", f"/projects/{random.choice(self.projects)}", name="/projects/{id}")
        tasks = [t for t in (answer or {}).get("tasks", []) if t.get("status") != "done"]
        self._remember({"tasks": tasks}, "tasks", self.open_tasks)
        return None

    @task(9)
    def search(self) -> None:
        word = random.choice(("report", "budget", "design", "review", "plan"))
        self._send("GET", f"/tasks/search?q={word}", name="/tasks/search")

    @task(6)
    def create_task(self) -> None:
        if not self.projects:
            return self.project_list()
        body = {"project_id": random.choice(self.projects), "title": "Follow up on the review"}
        self._send("POST", "/tasks", json=body)
        return None

    @task(5)
    def complete_task(self) -> None:
        if not self.open_tasks:
            return self.project_page()
        done = self.open_tasks.pop(random.randrange(len(self.open_tasks)))
        self._send("POST", f"/tasks/{done}/complete", name="/tasks/{id}/complete")
        return None

    @task(12)
    def invoice_list(self) -> None:
        self._send("GET", "/invoices")

    @task(6)
    def create_invoice(self) -> None:
        lines = [{"description": f"Consulting {n}", "quantity": n, "unit_cents": 12_500} for n in (1, 2, 3)]
        self._send("POST", "/invoices", json={"customer": "Acme GmbH", "lines": lines})

    @task(1)
    def export(self) -> None:
        self._send("GET", "/export")

    @task(4)
    def audit_trail(self) -> None:
        self._send("GET", "/audit")

    @task(4)
    def due_list(self) -> None:
        self._send("GET", "/tasks/due")

    @task(2)
    def turnaround_report(self) -> None:
        last = date.today() - timedelta(days=random.randrange(90))
        first = last - timedelta(days=random.randrange(30, 270))
        self._send("GET", f"/reports/turnaround?from={first}&to={last}", name="/reports/turnaround")

    @task(2)
    def static_file(self) -> None:
        self._send("GET", "/static/app.js")
