"""Which statements does the database spend its time on?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psycopg

from probes import _statement_gaps
from probes._gaps import gap_facts
from probes._plans import plan_gap, plans
from probes._postgres import MARK, Session, open_session
from probes._probe import Probe, Unavailable
from probes._statement_extension import LOST, expected
from probes._statement_growth import growth, heaviest
from probes._statement_text import normalised, passed_over
from rampart import metrics
from rampart.config import Target
from rampart.model import JSON, Gap, Reading

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
# Scans of the tables of users, which we never touch: a witness that statements ran.
_SCANS = f"SELECT {MARK} coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0)::float8 FROM pg_stat_user_tables"


@dataclass(frozen=True, slots=True)
class _Account:
    """What pg_stat_statements says of itself, and what else tells that statements ran."""

    evicted: int
    reset_at: str | None
    scans: float  # of users' tables


class _Statements:
    def __init__(self, session: Session, schema: str, columns: set[str]) -> None:
        self._session, self._schema = session, schema
        self._nested_apart = "toplevel" in columns
        top = "AND toplevel" if "toplevel" in columns else ""  # nested ones are part of their caller's time
        self._sql = _SQL.format(mark=MARK, schema=schema, top=top)
        info = f"SELECT {MARK} dealloc::int, stats_reset::text FROM {schema}.pg_stat_statements_info"
        self._info = info if top else "SELECT 0, NULL"
        self._passed_over: dict[int, bool] = {}
        self._names_known = True
        self._first: dict[int, tuple[float, float]] | None = None
        self._last: dict[int, tuple[float, float]] = {}
        self._unread: Gap | None = None
        self._began = self._account()

    def _account(self) -> _Account:
        evicted, reset_at = self._session.rows(self._info)[0]
        return _Account(evicted, reset_at, self._session.value(_SCANS))

    def read(self) -> Iterable[Reading]:
        if self._first is None:
            self._began = self._account()
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
        texts = self._texts(new, "left(query, 400)")
        self._passed_over.update({statement: passed_over(text) for statement, text in texts.items()})
        self._names_known = self._unread is None and time.monotonic() - began < 1.0

    def _texts(self, statements: list[int], text: str) -> dict[int, str]:
        """Texts by statement; none, and why in `_unread`, where the server cannot give them."""
        sql = _TEXTS.format(mark=MARK, schema=self._schema.replace("%", "%%"), text=text)
        try:
            rows = self._session.rows(sql, [statements])
        except (psycopg.errors.CharacterNotInRepertoire, psycopg.errors.UntranslatableCharacter) as error:
            why = str(error).splitlines()[0]
            self._unread = _statement_gaps.untranslatable(self._session, self._schema, why)
            return {}
        except (psycopg.errors.QueryCanceled, TimeoutError):
            self._unread = _statement_gaps.too_long(self._schema)
            return {}
        self._unread = None
        return {statement: found or "" for statement, found in rows}

    def try_out(self) -> None:
        """Whether the role may read what `read` reads: the function's rights are not the view's."""
        self._session.rows(f"{self._sql} LIMIT 1")

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
        gaps = [*self._gaps(grown), *plan_gap(self._session, denied)]
        if self._nested_apart:
            gaps += _statement_gaps.nested(self._session, self._schema, texts.values())
        return {**facts, "gaps": gap_facts(*gaps)}

    def _gaps(self, grown: Mapping[int, list[float]]) -> Iterable[Gap]:
        yield from _statement_gaps.standing(self._session)
        if self._unread is not None:
            yield self._unread
        began, now = self._began, self._account()
        if began.reset_at != now.reset_at:
            reason = "pg_stat_statements was reset during the run: what was counted before that is missing"
            yield Gap(
                "PG-PGSSRESET", reason, (), "Run again, and let nothing call pg_stat_statements_reset() meanwhile."
            )
        elif now.evicted > began.evicted:
            times = now.evicted - began.evicted
            reason = f"{times} times statements were evicted during the run: what is counted of each is a lower bound"
            yield Gap("PG-PGSSEVICT", reason, (), "Raise pg_stat_statements.max, and restart the server.")
        if now.scans > began.scans and not any(calls for calls, _ in grown.values()):
            reason = f"tables were read {now.scans - began.scans:.0f} times, and no statement was recorded"
            remedy = "Find what sets pg_stat_statements.track or compute_query_id in the application's sessions."
            yield Gap("PG-PGSSNONE", reason, LOST, remedy)

    def close(self) -> None:
        self._session.close()


def connect(target: Target) -> _Statements:
    session = open_session(target, PROBE.deadline_s, LOST, monitor=True)
    try:
        return _open(session)
    except BaseException:
        session.close()
        raise


def _open(session: Session) -> _Statements:
    with expected(session) as (schema, columns):
        statements = _Statements(session, schema, columns)
        statements.try_out()
    if off := _statement_gaps.switched_off(session):
        raise Unavailable(off)
    return statements


PROBE = Probe("statements", "Postgres time, calls and rows by statement.", None, METRICS, connect, deadline_s=5.0)
