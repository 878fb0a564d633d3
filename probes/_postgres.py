"""A probe's connection to the target's Postgres: read-only, bounded in time, and left out of every count."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.abc import PQGen

from probes._probe import NotConfigured, Unavailable
from probes._refusal import remedy
from probes._server_text import encoded, keep_encoding
from rampart.config import Target
from rampart.masking import masked
from rampart.model import Gap

APPLICATION = "rampart-probe"  # our sessions; every count leaves them out
MARK = "/* rampart */"  # our statements, inside the statement because some versions drop leading comments

Row = tuple[Any, ...]
T = TypeVar("T")


class Bounded(psycopg.Connection[Row]):
    """A connection that stops waiting: statement_timeout cannot help where the server itself has stopped."""

    until = math.inf  # time.monotonic()

    def wait(self, gen: PQGen[T], interval: float = 0.05, timeout: float | None = None) -> T:  # noqa: ARG002
        return super().wait(_until(gen, self.until), interval)


def _until(gen: PQGen[T], until: float) -> Generator[Any, Any, T]:
    try:
        asked = next(gen)
        while True:
            ready = yield asked
            if not ready and time.monotonic() > until:
                raise TimeoutError("Postgres did not answer within the deadline of the probe")
            asked = gen.send(ready)
    except StopIteration as end:
        value: T = end.value
        return value


class Session:
    """One connection, kept for the whole run; opened again by the first read after it was lost."""

    def __init__(self, conninfo: str, deadline_s: float) -> None:
        self._conninfo, self._deadline_s, self.codec = conninfo, deadline_s, "utf-8"
        self._connection = self._open(connect_timeout_s=3)

    def rows(self, sql: LiteralString | str, parameters: Sequence[Any] | None = None) -> list[Row]:
        """The rows of one statement; psycopg.Error, or TimeoutError after the deadline."""
        if self._connection.closed:
            self._connection = self._open(connect_timeout_s=2)
        self._connection.until = time.monotonic() + self._deadline_s
        try:
            return self._connection.execute(encoded(sql, self.codec), parameters).fetchall()
        except TimeoutError:
            self._connection.close()  # a late answer would be taken for that of the next statement
            raise

    def value(self, sql: LiteralString | str) -> Any:
        """The first column of the only row; None where there is no row."""
        rows = self.rows(sql)
        return rows[0][0] if rows else None

    def columns(self, view: str) -> set[str]:
        """The columns of a catalogue view: an upgraded server may keep old ones, so its version does not tell."""
        return {
            name
            for (name,) in self.rows(
                f"SELECT {MARK} attname::text FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
                " AND NOT attisdropped",
                [view],
            )
        }

    @property
    def version(self) -> int:
        """As `server_version_num`: 180004."""
        return self._connection.info.server_version

    @property
    def user(self) -> str:
        return self._connection.info.user

    @property
    def quoted_user(self) -> str:
        """As an identifier, for a GRANT."""
        return '"' + self.user.replace('"', '""') + '"'

    def close(self) -> None:
        self._connection.close()

    def _open(self, connect_timeout_s: int) -> Bounded:
        connection = Bounded.connect(
            self._conninfo,
            autocommit=True,  # within one transaction the statistics views stand still
            prepare_threshold=None,
            connect_timeout=connect_timeout_s,
            client_encoding="UTF8",  # of refusals; from then on the server's own
            application_name=APPLICATION,
        )
        timeout_ms = int(self._deadline_s * 900)  # the server gives up before we do, which keeps the connection
        connection.until = time.monotonic() + 3
        connection.execute(
            f"SET statement_timeout = {timeout_ms}; SET lock_timeout = 100; SET jit = off;"
            " SET idle_in_transaction_session_timeout = '5s'; SET default_transaction_read_only = on".encode()
        )
        self.codec = keep_encoding(connection)
        if connection.info.server_version >= 150000:
            connection.execute("SET stats_fetch_consistency = 'none'")
        with suppress(psycopg.Error):  # for superusers only; others' statements are known by their mark
            connection.execute("SET pg_stat_statements.track = 'none'")
        return connection


def open_session(target: Target, deadline_s: float, lost: tuple[str, ...], *, monitor: bool) -> Session:
    """A session on the target's Postgres; `monitor`: the probe needs to see the sessions of other roles.

    NotConfigured without a Postgres; Unavailable (PG-CONN, PG-PRIV), with the finding ids in `lost`, otherwise.
    """
    if target.postgres is None:
        raise NotConfigured("the target names no Postgres")
    try:
        session = Session(target.postgres, deadline_s)
    except (psycopg.Error, TimeoutError) as error:
        raise Unavailable(_refused(error, target.postgres, lost)) from error
    if monitor and not session.value(f"SELECT {MARK} pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"):
        user, quoted = session.user, session.quoted_user
        session.close()
        # Without it nothing fails: the states and statements of other roles read as NULL, and counts come out wrong.
        reason = f"the role {user} lacks pg_monitor: what other sessions do is hidden from it"
        raise Unavailable(Gap("PG-PRIV", reason, lost, f"GRANT pg_monitor TO {quoted};"))
    return session


def _refused(error: Exception, conninfo: str, lost: tuple[str, ...]) -> Gap:
    text = " ".join(masked(str(error)).split())
    return Gap("PG-CONN", f"cannot connect to Postgres: {text}", lost, remedy(conninfo))
