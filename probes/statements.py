"""Which statements does the database spend its time on?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import psycopg

from probes._gaps import gap_facts
from probes._plans import plans
from probes._postgres import MARK, Session, open_session
from probes._probe import Probe, Unavailable
from probes._statement_text import normalised, passed_over
from rampart import metrics
from rampart.config import Target
from rampart.model import JSON, Gap, Reading

_LOST = ("missing-index", "n-plus-one", "slow-query")
_HEAVY = 30  # texts are fetched for so many of the heaviest by time, and half as many of the most often called

# In the order of the columns of _SQL.
METRICS = (
    metrics.STATEMENT_CALLS,
    metrics.STATEMENT_EXEC_MS,
    metrics.STATEMENT_ROWS,
    metrics.STATEMENT_BLOCKS_HIT,
    metrics.STATEMENT_BLOCKS_READ,
    metrics.STATEMENT_TEMP_BLOCKS,
)
# The function with `false` leaves the file of texts unread, which the view reads whole at every call.
_SQL = """
SELECT {mark} queryid, sum(calls)::float8, sum(total_exec_time)::float8, sum(rows)::float8,
       sum(shared_blks_hit)::float8, sum(shared_blks_read)::float8, sum(temp_blks_read + temp_blks_written)::float8
FROM {schema}.pg_stat_statements(false)
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND queryid IS NOT NULL {top} GROUP BY 1
"""
_TEXTS = """
SELECT {mark} queryid, min({text}) FROM {schema}.pg_stat_statements(true) WHERE queryid = ANY(%s)
AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY 1
"""
_INSTALLED = f"""
SELECT {MARK} quote_ident(nspname), extversion FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE extname = 'pg_stat_statements'
"""


class _Statements:
    def __init__(self, session: Session, schema: str, columns: set[str]) -> None:
        self._session, self._schema = session, schema
        top = "AND toplevel" if "toplevel" in columns else ""  # nested ones are part of their caller's time
        self._sql = _SQL.format(mark=MARK, schema=schema, top=top)
        self._info = f"SELECT {MARK} dealloc::int FROM {schema}.pg_stat_statements_info" if top else "SELECT 0"
        self._passed_over: dict[int, bool] = {}
        self._names_known = True
        self._first: dict[int, tuple[float, float]] | None = None
        self._last: dict[int, tuple[float, float]] = {}
        self._evicted: int = session.value(self._info)

    def read(self) -> Iterable[Reading]:
        rows = self._session.rows(self._sql)
        self._sort_out([row[0] for row in rows if row[0] not in self._passed_over])
        kept = [row for row in rows if not self._passed_over.get(row[0], False)]
        self._last = {statement: (calls, exec_ms) for statement, calls, exec_ms, *_ in kept}
        self._first = self._last if self._first is None else self._first
        for statement, *values in kept:
            labels = {"statement": str(statement)}
            for metric, value in zip(METRICS, values, strict=True):
                yield Reading(metric, value, labels)

    def _sort_out(self, new: list[int]) -> None:
        """Learn once, from its text, whether a statement is to be left out; texts that cost too much are not read."""
        if not new or not self._names_known:
            return
        began = time.monotonic()
        try:
            texts = self._texts(new, "left(query, 400)")
        except (psycopg.errors.QueryCanceled, TimeoutError):
            self._names_known = False
            return
        self._passed_over.update({statement: passed_over(text) for statement, text in texts.items()})
        self._names_known = time.monotonic() - began < 1.0

    def _texts(self, statements: list[int], text: str) -> dict[int, str]:
        sql = _TEXTS.format(mark=MARK, schema=self._schema, text=text)
        return {statement: found or "" for statement, found in self._session.rows(sql, [statements])}

    def facts(self) -> JSON:
        grown = growth(self._first or {}, self._last)
        texts = self._texts(heaviest(grown), "query") if grown else {}
        texts = {statement: text for statement, text in texts.items() if not passed_over(text)}
        found, denied = plans(self._session, texts)
        facts: JSON = {
            "statements": {
                str(statement): {"text": normalised(text), "plan": found.get(statement)}
                for statement, text in texts.items()
            }
        }
        return {**facts, "gaps": gap_facts(*self._gaps(denied))}

    def _gaps(self, denied: str | None) -> Iterable[Gap]:
        evicted = self._session.value(self._info) - self._evicted
        if evicted:
            reason = f"{evicted} times statements were evicted during the run: what is counted of each is a lower bound"
            yield Gap("PG-PGSSEVICT", reason, (), "Raise pg_stat_statements.max.")
        if denied:
            reason = f"plans could not be read: {denied}"
            yield Gap(
                "PG-NOPLAN", reason, (), f'GRANT pg_read_all_data TO "{self._session.user}"; (Postgres 16 or newer)'
            )

    def close(self) -> None:
        self._session.close()


def growth(first: Mapping[int, tuple[float, float]], last: Mapping[int, tuple[float, float]]) -> dict[int, list[float]]:
    """Calls and milliseconds of each statement between two reads; one that was evicted between them starts at 0."""
    grown = {}
    for statement, now in last.items():
        before = first.get(statement, (0.0, 0.0))
        grown[statement] = [n - b if n >= b else n for n, b in zip(now, before, strict=True)]
    return grown


def heaviest(grown: Mapping[int, list[float]], count: int = _HEAVY) -> list[int]:
    """The statements with the most time, and the half as many with the most calls."""
    ran = [statement for statement, (calls, _) in grown.items() if calls > 0]
    by_time = sorted(ran, key=lambda statement: -grown[statement][1])[:count]
    by_calls = sorted(ran, key=lambda statement: -grown[statement][0])[: count // 2]
    return list(dict.fromkeys([*by_time, *by_calls]))


def connect(target: Target) -> _Statements:
    session = open_session(target, PROBE.deadline_s, _LOST, monitor=True)
    try:
        return _open(session)
    except BaseException:
        session.close()
        raise


def _open(session: Session) -> _Statements:
    remedy = "Add pg_stat_statements to shared_preload_libraries, restart, and CREATE EXTENSION pg_stat_statements;"
    installed = session.rows(_INSTALLED)
    if not installed:
        raise Unavailable(Gap("PG-NOPGSS", "the extension pg_stat_statements is not in this database", _LOST, remedy))
    schema, version = installed[0]
    columns = session.columns(f"{schema}.pg_stat_statements")
    if "total_exec_time" not in columns:
        old = f"pg_stat_statements is version {version}, older than its server"
        raise Unavailable(Gap("PG-PGSSOLD", old, _LOST, "ALTER EXTENSION pg_stat_statements UPDATE;"))
    try:
        return _Statements(session, schema, columns)
    except psycopg.errors.ObjectNotInPrerequisiteState as error:
        raise Unavailable(Gap("PG-NOPGSS", "pg_stat_statements is not preloaded", _LOST, remedy)) from error


PROBE = Probe("statements", "Postgres time, calls and rows by statement.", None, METRICS, connect, deadline_s=5.0)
