"""Do clients wait in PgBouncer for a server connection, and who holds those that there are?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, LiteralString

import psycopg

from probes._postgres import APPLICATION, Bounded
from probes._probe import NotConfigured, Probe, Unavailable
from rampart import metrics
from rampart.config import Target
from rampart.masking import masked
from rampart.model import JSON, Counter, Gap, Gauge, Metric, Reading, Role

_LOST = ("pooler",)
_CONSOLE = "pgbouncer"  # the database that is no database
_DEADLINE_S = 0.8

Row = Mapping[str, Any]

_POOL = ("database", "user")
_CLIENTS_ACTIVE = Gauge("pooler.clients_active", "pooler", Role.INFO, "1", "clients that have one, or need none", _POOL)
_SERVERS_IDLE = Gauge(
    "pooler.servers_idle", "pooler", Role.UTILISATION, "1", "server connections that no client holds", _POOL
)
_TRANSACTIONS = Counter("pooler.transactions", "pooler", Role.DEMAND, "1", "transactions", ("database",))
_QUERIES = Counter("pooler.queries", "pooler", Role.DEMAND, "1", "statements", ("database",))

METRICS = (
    metrics.POOLER_CLIENTS_WAITING,
    _CLIENTS_ACTIVE,
    metrics.POOLER_SERVERS_ACTIVE,
    _SERVERS_IDLE,
    metrics.POOLER_SIZE,
    metrics.POOLER_WAIT_AGE_S,
    _TRANSACTIONS,
    _QUERIES,
    metrics.POOLER_TRANSACTION_MS,
    metrics.POOLER_QUERY_MS,
    metrics.POOLER_WAIT_MS,
)


def of_pool(row: Row, size: float) -> Iterable[Reading]:
    """The readings of one row of SHOW POOLS."""
    values: dict[Metric, float] = {
        metrics.POOLER_CLIENTS_WAITING: row["cl_waiting"],
        _CLIENTS_ACTIVE: row["cl_active"],
        metrics.POOLER_SERVERS_ACTIVE: row["sv_active"]
        + row["sv_tested"]
        + row["sv_login"],  # tested: reset after a session
        _SERVERS_IDLE: row["sv_idle"] + row["sv_used"],
        metrics.POOLER_SIZE: size,
        # Whole seconds and the rest apart: the first alone misses all that is below one.
        metrics.POOLER_WAIT_AGE_S: row["maxwait"] + row["maxwait_us"] / 1e6,
    }
    labels = {"database": str(row["database"]), "user": str(row["user"])}
    return [Reading(metric, float(value), labels) for metric, value in values.items()]


def of_database(row: Row) -> Iterable[Reading]:
    """The readings of one row of SHOW STATS, whose times are in microseconds."""
    values: dict[Metric, float] = {
        _TRANSACTIONS: row["total_xact_count"],
        _QUERIES: row["total_query_count"],
        metrics.POOLER_TRANSACTION_MS: row["total_xact_time"] / 1000,
        metrics.POOLER_QUERY_MS: row["total_query_time"] / 1000,
        metrics.POOLER_WAIT_MS: row["total_wait_time"] / 1000,
    }
    return [Reading(metric, float(value), {"database": str(row["database"])}) for metric, value in values.items()]


class _Console:
    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection = self._open()

    def _open(self) -> Bounded:
        # The console knows neither transactions nor prepared statements.
        return Bounded.connect(
            self._conninfo, autocommit=True, prepare_threshold=None, connect_timeout=2, application_name=APPLICATION
        )

    def show(self, what: LiteralString) -> list[Row]:
        """The rows of `SHOW what` but the console's own, by column; psycopg.Error, or TimeoutError."""
        if self._connection.closed:
            self._connection = self._open()
        self._connection.until = time.monotonic() + _DEADLINE_S
        try:
            cursor = self._connection.execute("SHOW " + what)
            names = [column.name for column in cursor.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except TimeoutError:
            self._connection.close()  # a late answer would be taken for that of the next question
            raise
        # Of DATABASES the clients' name, by which pools go, is `name`, and `database` the server's.
        return [row for row in rows if row.get("name", row.get("database")) != _CONSOLE]

    def read(self) -> Iterable[Reading]:
        sizes = {row["name"]: float(row["pool_size"]) for row in self.show("DATABASES")}
        pools = [reading for row in self.show("POOLS") for reading in of_pool(row, sizes.get(row["database"], 0.0))]
        return [*pools, *(reading for row in self.show("STATS") for reading in of_database(row))]

    def facts(self) -> JSON:
        return {}

    def close(self) -> None:
        self._connection.close()


def connect(target: Target) -> _Console:
    if target.pgbouncer is None:
        raise NotConfigured("the target names no PgBouncer")
    reader = None
    try:
        reader = _Console(target.pgbouncer)
        reader.show("POOLS")
    except (psycopg.Error, TimeoutError) as error:
        if reader is not None:
            reader.close()
        raise Unavailable(_refused(error)) from error
    return reader


def _refused(error: Exception) -> Gap:
    text = " ".join(masked(str(error)).split())
    remedy = (
        'Name the console in the target file (pgbouncer = "env:…", dbname=pgbouncer), with a user that pgbouncer.ini'
        " lists in stats_users."
    )
    return Gap("PGB-NOADMIN", f"the console of PgBouncer does not answer: {text}", _LOST, remedy)


PROBE = Probe("pgbouncer", "Clients that wait in PgBouncer, and its server connections.", 1.0, METRICS, connect)
