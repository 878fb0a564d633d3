"""Which sessions wait for locks, on which tables, and whose statement is at the root of it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from probes._postgres import APPLICATION, MARK, Session, open_session
from probes._probe import Probe
from rampart import metrics
from rampart.config import Target
from rampart.model import JSON, Reading

_LOST = ("lock-contention",)
_UNKNOWN = "unknown"

# The gate: pg_blocking_pids() stops the lock manager for a moment, so it is asked only when somebody waits.
_GATE = f"""
SELECT {MARK} count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND datname = current_database() AND application_name <> '{APPLICATION}'
"""
# The first in a row's queue waits for a transaction and holds the row's tuple lock, which tells the table.
_WAITERS = f"""
SELECT {MARK} w.pid, pg_blocking_pids(w.pid), n.nspname || '.' || c.relname
FROM pg_stat_activity w
LEFT JOIN LATERAL (
    SELECT l.relation FROM pg_locks l
    WHERE l.pid = w.pid AND l.relation IS NOT NULL AND (NOT l.granted OR l.locktype = 'tuple')
    ORDER BY l.granted LIMIT 1) AS l ON true
LEFT JOIN pg_class c ON c.oid = l.relation LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE w.wait_event_type = 'Lock' AND w.datname = current_database() AND w.application_name <> '{APPLICATION}' LIMIT 30
"""
_STATEMENTS = "SELECT {mark} pid, {query_id}::text FROM pg_stat_activity WHERE pid = ANY(%s)"

METRICS = (metrics.DB_LOCK_WAITERS,)


def root(pid: int, blockers: Mapping[int, Sequence[int]]) -> int | None:
    """The session at the head of the queue in which `pid` stands; None within a deadlock, 0: a prepared transaction.

    `blockers` holds who blocks each waiter. Waiters for one row block each other softly, so the chain is followed to
    somebody who does not wait.
    """
    seen, ahead = {pid}, list(blockers.get(pid, ()))
    while ahead:
        one = ahead.pop()
        if one not in blockers:
            return one
        if one not in seen:
            seen.add(one)
            ahead.extend(blockers[one])
    return None


class _Locks:
    def __init__(self, session: Session) -> None:
        self._session = session
        known = "query_id" in session.columns("pg_catalog.pg_stat_activity")
        self._statements = _STATEMENTS.format(mark=MARK, query_id="query_id" if known else "NULL")

    def read(self) -> Iterable[Reading]:
        waiting: int = self._session.value(_GATE)
        if not waiting:
            return [Reading(metrics.DB_LOCK_WAITERS, 0, {"table": "", "blocker": ""})]
        waiters = self._session.rows(_WAITERS)
        blockers = {pid: blocked_by for pid, blocked_by, _ in waiters if blocked_by}
        roots = {pid: root(pid, blockers) for pid in blockers}
        asked = [[pid for pid in roots.values() if pid]]
        statements: dict[int | None, str | None] = dict(self._session.rows(self._statements, asked))
        counts: Counter[tuple[str, str]] = Counter()
        for pid, blocked_by, table in waiters:
            if blocked_by:  # else it has been let through since
                counts[table or _UNKNOWN, statements.get(roots[pid]) or _UNKNOWN] += 1
        if waiting > len(waiters):
            counts[_UNKNOWN, _UNKNOWN] += waiting - len(waiters)
        return [
            Reading(metrics.DB_LOCK_WAITERS, count, {"table": table, "blocker": blocker})
            for (table, blocker), count in counts.items()
        ]

    def facts(self) -> JSON:
        return {}

    def close(self) -> None:
        self._session.close()


def connect(target: Target) -> _Locks:
    return _Locks(open_session(target, PROBE.deadline_s, _LOST, monitor=True))


PROBE = Probe("locks", "Postgres lock waits and their root blockers.", 5.0, METRICS, connect)
