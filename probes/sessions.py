"""What are the database's sessions doing right now, and what do they wait for?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from probes._gaps import gap_facts
from probes._postgres import APPLICATION, MARK, Session, open_session
from probes._probe import Probe, Unavailable
from probes._settings import off_for_roles, switched_off
from rampart import metrics
from rampart.config import Target
from rampart.model import JSON, Gap, Gauge, Reading, Role

_LOST = ("db-connections", "lock-contention", "idle-in-transaction", "db-cpu", "db-io")

# Parallel workers are left out: a statement that three processes work on delays one session.
_SQL = """
SELECT {mark} coalesce(state, 'unknown'), coalesce(wait_event_type, 'cpu'), coalesce(wait_event, 'cpu'),
       coalesce({query_id}::text, 'unknown'), ours, NOT ours AND datname = current_database() AS here, count(*),
       max(extract(epoch FROM clock_timestamp() - xact_start))::float8,
       max(extract(epoch FROM clock_timestamp() - state_change))::float8
FROM (SELECT *, application_name = '{application}' AS ours FROM pg_stat_activity) AS session
WHERE backend_type = 'client backend' GROUP BY 1, 2, 3, 4, 5, 6
"""
_LIMIT = f"""
SELECT {MARK} current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0)
"""


_TRANSACTION_AGE_S = Gauge("db.transaction_age_s", "db", Role.SATURATION, "s", "age of the oldest open transaction")

METRICS = (
    metrics.DB_SESSIONS,
    metrics.DB_ACTIVE,
    metrics.DB_CONNECTIONS_USED,
    metrics.DB_CONNECTIONS_LIMIT,
    _TRANSACTION_AGE_S,
    metrics.DB_IDLE_IN_TRANSACTION_AGE_S,
)


class _Sessions:
    def __init__(self, session: Session) -> None:
        self._session = session
        known = "query_id" in session.columns("pg_catalog.pg_stat_activity")  # since 14
        self._sql = _SQL.format(mark=MARK, query_id="query_id" if known else "NULL", application=APPLICATION)
        self._limit: int = session.value(_LIMIT)

    def read(self) -> Iterable[Reading]:
        states: Counter[tuple[str, str, str]] = Counter()
        active: Counter[tuple[str, str, str, str]] = Counter()
        used = own = 0
        transaction_s = idle_s = 0.0
        for state, wait_type, wait, statement, ours, here, count, open_s, unchanged_s in self._session.rows(self._sql):
            own, used = own + count * ours, used + count * (not ours)
            if not here:
                continue
            states[state, wait_type, wait] += count
            transaction_s = max(transaction_s, open_s or 0.0)
            if state.startswith("idle in transaction"):
                idle_s = max(idle_s, unchanged_s or 0.0)
            if state not in (
                "idle",
                "disabled",
            ):  # disabled: by track_activities of its own, so what it does is unknown
                active[statement, state, wait_type, wait] += count
        for (state, wait_type, wait), count in states.items():
            yield Reading(metrics.DB_SESSIONS, count, {"state": state, "wait_type": wait_type, "wait": wait})
        for (statement, state, wait_type, wait), count in active.items():
            labels = {"statement": statement, "state": state, "wait_type": wait_type, "wait": wait}
            yield Reading(metrics.DB_ACTIVE, count, labels)
        yield Reading(metrics.DB_CONNECTIONS_USED, used)
        yield Reading(metrics.DB_CONNECTIONS_LIMIT, self._limit - own)  # our own take slots that the target cannot have
        yield Reading(_TRANSACTION_AGE_S, transaction_s)
        yield Reading(metrics.DB_IDLE_IN_TRANSACTION_AGE_S, idle_s)

    def facts(self) -> JSON:
        off = off_for_roles(self._session, "track_activities")
        gaps = [Gap("PG-NOACT", f"{off.said}: what their sessions do is hidden", _LOST, off.remedy)] if off else []
        return {"gaps": gap_facts(*gaps)}

    def close(self) -> None:
        self._session.close()


def connect(target: Target) -> _Sessions:
    session = open_session(target, PROBE.deadline_s, _LOST, monitor=True)
    if off := switched_off(session, "track_activities"):
        session.close()
        raise Unavailable(Gap("PG-NOACT", f"{off.said}: sessions do not say what they do", _LOST, off.remedy))
    return _Sessions(session)


PROBE = Probe("sessions", "Postgres sessions by state, wait and statement.", 1.0, METRICS, connect)
