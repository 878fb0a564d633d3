"""What claims do with the product: sign in, and count the statements that it sends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg

from lab.staging import Lab


@contextmanager
def signed_in(lab: Lab, tenant: int) -> Iterator[httpx.Client]:
    """The first user of a tenant."""
    with httpx.Client(base_url=lab.target.url, trust_env=False, timeout=60) as http:
        credentials = {"email": f"user1@tenant{tenant}.example", "password": "rampart"}
        http.headers["Authorization"] = f"Bearer {http.post('/session', json=credentials).json()['token']}"
        yield http


def statements(conninfo: str | None) -> int:
    """Statements that the product has sent to a database server so far."""
    query = "SELECT sum(calls) FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE rolname = 'saas'"
    with psycopg.connect(conninfo or "") as database:
        row = database.execute(query).fetchone()
    return int(row[0]) if row and row[0] is not None else 0
