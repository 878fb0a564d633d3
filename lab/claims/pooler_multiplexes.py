"""How many application connections does a pooler serve by how few of the database's?"""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from typing import Any

import psycopg

from lab import pgbouncer
from lab.claims._claim import Claim, Measured
from lab.postgres import ROLE, conninfo
from lab.staging import Lab

_INSTANCES, _POOL = 30, 10
_PATIENCE_S = 3.0


def measure(lab: Lab) -> Measured:
    """Thirty instances with pools of ten ask one question each connection: sessions are pooled, then transactions."""
    sessions, _ = _answered(lab)
    _until_gone(lab)
    lab.fix("pooler")
    transactions, servers = _answered(lab)
    asked = _INSTANCES * _POOL
    with psycopg.connect(lab.target.postgres or "") as database:
        limit = int((database.execute("SHOW max_connections").fetchone() or ("0",))[0])
    rows = [
        ("connections of the instances", float(asked), "connections"),
        ("max_connections", float(limit), "connections"),
        ("answered, sessions pooled", float(sessions), "connections"),
        ("answered, transactions pooled", float(transactions), "connections"),
        ("of the database, for them", float(servers), "connections"),
    ]
    said = (
        f"{transactions} of {asked} connections were answered by {servers} of the database's, where transactions are "
    )
    said += f"pooled. Where sessions are, {sessions} were: as many as the database's, and nobody else until they leave."
    return Measured(rows, transactions == asked > limit and servers < asked / 10 and sessions < asked / 10, said)


def _answered(lab: Lab) -> tuple[int, int]:
    """Connections that were answered within some seconds while all stay open, and those of the database by then."""
    where = conninfo(lab.ports.pooler, ROLE)
    with ExitStack() as held:
        asking = [held.enter_context(closing(_connected(where))) for _ in range(_INSTANCES * _POOL)]
        for one in asking:
            one.pgconn.send_query(b"SELECT 1")
        waiting, until = asking, time.monotonic() + _PATIENCE_S
        while waiting and time.monotonic() < until:
            waiting = [one for one in waiting if not _ready(one)]
            time.sleep(0.02)
        with psycopg.connect(lab.target.postgres or "") as database:
            query = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
            servers = int((database.execute(query, [ROLE]).fetchone() or (0,))[0])
        return len(asking) - len(waiting), servers


def _connected(where: str) -> psycopg.Connection[Any]:
    return psycopg.connect(where, autocommit=True, prepare_threshold=None, connect_timeout=10)


def _until_gone(lab: Lab) -> None:
    """Return once PgBouncer has seen that all have left: of one that waits it sees so when it gets its turn."""
    with _connected(pgbouncer.console(lab.ports.pooler)) as console:
        for _ in range(500):
            cursor = console.execute("SHOW POOLS")
            names = [column.name for column in cursor.description or ()]
            pools = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            if not sum(p["cl_active"] + p["cl_waiting"] for p in pools if p["user"] == ROLE):
                return
            time.sleep(0.02)


def _ready(connection: psycopg.Connection[Any]) -> bool:
    connection.pgconn.consume_input()
    return not connection.pgconn.is_busy()


CLAIM = Claim(
    "pooler-multiplexes", "A pooler serves hundreds of application connections by few.", measure, flaws=("pooler",)
)
