"""People at work in a multi-tenant SaaS: an ordinary locustfile, `locust -f scenarios/saas.py --host URL` runs it.

Each user belongs to one tenant, chosen by its size, thinks exponentially (a pacing would phase-lock all users), and
checks that every answer belongs to its tenant and shows what the user has written before.
"""

from __future__ import annotations

import csv
import functools
import itertools
import json
import os
import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from browser_cache import Files
from locust import FastHttpUser, poisson, task
from locust.contrib.fasthttp import FAILURE_EXCEPTIONS
from locust.exception import StopUser

_SIGN_INS = 30  # tries, a second apart, until somebody gives up: a target that is restarted is back by then
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


def lacks(listed: Sequence[dict[str, Any]], written: set[int], full: int = 50) -> bool:
    """Whether a list of the newest, `full` at most, lacks an id that it must have.

    In a full list later rows may have pushed it out, so only those count that are later than half of the list.
    """
    ids = sorted(row["id"] for row in listed)
    oldest = ids[len(ids) // 2] if len(ids) >= full else 0
    return any(one >= oldest for one in written.difference(ids))


class SaasUser(FastHttpUser):
    """One person of one tenant."""

    wait_time = poisson(1)
    network_timeout = 30.0
    connection_timeout = 10.0

    def on_start(self) -> None:
        ids, weights = _tenants()
        self.tenant: int = _RANDOM.choices(ids, cum_weights=weights)[0]
        self.projects: list[int] = []
        self.project: int | None = None  # whose page was looked at last
        self.open_tasks: list[int] = []
        self.touched: int | None = None  # a project that was written to and not looked at since
        self.created: dict[int, set[int]] = {}  # tasks by project; what is written and was not read back since
        self.completed: set[int] = set()
        self.invoices: set[int] = set()
        self.files = Files()
        credentials = {"email": f"user1@tenant{self.tenant}.example", "password": "rampart"}
        for _ in range(_SIGN_INS):
            answer = self._send("POST", "/session", json=credentials)
            if answer and "token" in answer:
                break
            self.wait()  # type: ignore[no-untyped-call]
        else:
            raise StopUser
        self.auth = {"Authorization": f"Bearer {answer['token']}"}

    def context(self) -> dict[str, Any]:
        return {"tenant": self.tenant} if hasattr(self, "tenant") else {}

    def _send(
        self, method: str, path: str, name: str | None = None, lacking: Callable[[Any], bool] | None = None,
        **options: Any,
    ) -> Any:  # fmt: skip
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
            try:
                answer = json.loads(response.content or b"")
            except (ValueError, *FAILURE_EXCEPTIONS):
                response.failure("the answer was cut off")
                return None
            if answer.get("tenant", self.tenant) != self.tenant:
                response.failure(f"wrong_tenant: asked for {self.tenant}, got {answer['tenant']}")
            elif lacking is not None and lacking(answer):
                response.failure("stale_read: it does not show what the same user wrote before")
            return answer

    def _file(self, path: str, *, reload: bool = False) -> None:
        """Fetch a file of the page as a browser does: not while it is fresh, and whole only if it has changed."""
        headers = self.files.ask(path, reload=reload)
        if headers is None:
            return
        with self.client.get(path, headers=headers, catch_response=True) as response:
            if response.status_code in (200, 304):
                self.files.keep(path, response.headers)
            else:
                response.failure(f"status {response.status_code}")

    def _remember(self, answer: Any, key: str, into: list[int]) -> None:
        into[:] = [row["id"] for row in (answer or {}).get(key, [])]

    @task(25)
    def dashboard(self) -> None:
        self._file("/static/app.js")
        self._send("GET", "/dashboard")

    @task(15)
    def project_list(self) -> None:
        self._remember(self._send("GET", "/projects"), "projects", self.projects)

    @task(15)
    def project_page(self) -> None:
        if not self.projects:
            return self.project_list()
        number = self.project = self.touched or random.choice(self.projects)  # one looks at what one has changed
        self.touched = None
        answer = self._send("GET", f"/projects/{number}", name="/projects/{id}", lacking=self._project_is_stale)
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
        project = random.choice(self.projects)
        body = {"project_id": project, "title": "Follow up on the review"}
        answer = self._send("POST", "/tasks", json=body)
        if answer:
            self.created.setdefault(project, set()).add(answer["task"]["id"])
            self.touched = project
        return None

    @task(5)
    def complete_task(self) -> None:
        if not self.open_tasks:
            return self.project_page()
        done = self.open_tasks.pop(random.randrange(len(self.open_tasks)))
        if self._send("POST", f"/tasks/{done}/complete", name="/tasks/{id}/complete"):
            self.completed.add(done)
            self.touched = self.project
        return None

    def _project_is_stale(self, page: Any) -> bool:
        """Whether a project's page lacks what this user created, or shows as open what it completed."""
        created, completed = self.created.pop(page["project"]["id"], set()), self.completed
        self.completed = set()
        undone = any(task["id"] in completed and task["status"] != "done" for task in page["tasks"])
        return undone or lacks(page["tasks"], created)

    @task(12)
    def invoice_list(self) -> None:
        self._send("GET", "/invoices", lacking=self._invoices_are_stale)

    def _invoices_are_stale(self, answer: Any) -> bool:
        written, self.invoices = self.invoices, set()
        return lacks(answer["invoices"], written)

    @task(6)
    def create_invoice(self) -> None:
        lines = [{"description": f"Consulting {n}", "quantity": n, "unit_cents": 12_500} for n in (1, 2, 3)]
        answer = self._send("POST", "/invoices", json={"customer": "Acme GmbH", "lines": lines})
        if answer:
            self.invoices.add(answer["invoice"]["id"])

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
        self._file("/static/app.js", reload=True)
