"""A small client of the lab: one signed-in user, many users at once, and what Postgres counted meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg

from lab.staging import Lab

# What one user of tenant N may touch, as `data.insert_tenants` makes it.
PASSWORD = "rampart"


def project(tenant: int, number: int = 1) -> int:
    return tenant * 1000 + number


def task(tenant: int, number: int = 1) -> int:
    return tenant * 10_000 + number


def parts(response: httpx.Response) -> dict[str, float]:
    """The parts of a `Server-Timing` header, in milliseconds."""
    pairs = (part.split(";dur=") for part in response.headers["server-timing"].split(", "))
    return {name: float(value) for name, value in pairs}


@dataclass
class Client:
    """A signed-in user of one tenant."""

    http: httpx.Client
    tenant: int
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.sign_in(self.http, self.tenant)['token']}"}

    @staticmethod
    def sign_in(http: httpx.Client, tenant: int, password: str = PASSWORD) -> dict[str, Any]:
        answer = http.post("/session", json={"email": f"user1@tenant{tenant}.example", "password": password})
        found: dict[str, Any] = answer.json()
        return found

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.http.get(path, headers=self.headers, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.http.post(path, headers=self.headers, **options)


def together(lab: Lab, users: int, act: Callable[[httpx.AsyncClient], Coroutine[Any, Any, Any]]) -> list[Any]:
    """What `act` gives to each of `users` clients of tenant 3 that act at once."""

    async def run() -> list[Any]:
        with httpx.Client(base_url=lab.target.url, trust_env=False) as http:
            headers = Client(http, 3).headers
        limits = httpx.Limits(max_connections=users)
        async with httpx.AsyncClient(
            base_url=lab.target.url, headers=headers, limits=limits, timeout=30, trust_env=False
        ) as shared:
            return await asyncio.gather(*(act(shared) for _ in range(users)))

    return asyncio.run(run())


class Counted:
    """What Postgres counted inside a `with` block: statements of the application, and sequential scans of a table."""

    def __init__(self, lab: Lab) -> None:
        self._connection = psycopg.connect(lab.target.postgres or "", autocommit=True)

    def __enter__(self) -> Counted:
        self._connection.execute("SELECT pg_stat_statements_reset()")
        return self

    def __exit__(self, *_: object) -> None:
        rows = self._connection.execute(
            "SELECT query, sum(calls)::integer FROM pg_stat_statements"
            " WHERE userid = 'saas'::regrole GROUP BY 1 ORDER BY 2 DESC"
        )
        self.calls: dict[str, int] = dict(rows.fetchall())
        self._connection.close()
