"""How far behind are the replicas, and does anybody read from the one that the target names?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from probes._gaps import gap_facts
from probes._postgres import APPLICATION, MARK, Session, open_session
from probes._probe import NotConfigured, Probe, Unavailable
from rampart import metrics
from rampart.config import Target
from rampart.model import JSON, Counter, Gap, Gauge, Reading, Role

_LOST = ("primary-reads", "replica-lag")

# The primary's own figure is refreshed only when replay moves on; what a standby says of itself is beside it.
_PRIMARY = f"""
SELECT {MARK} count(*)::float8, coalesce(max(extract(epoch FROM replay_lag)), 0)::float8,
       max(pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn))::float8,
       max(pg_wal_lsn_diff(sent_lsn, flush_lsn))::float8, max(pg_wal_lsn_diff(flush_lsn, replay_lsn))::float8
FROM pg_stat_replication WHERE state = 'streaming'
"""
# The age of the last commit is no lag while there is nothing to replay. That all is replayed which was received says so
# only while something is received.
_STANDBY = f"""
SELECT {MARK} CASE
    WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
         AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') THEN 0
    ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END::float8
"""
_ACTIVE = f"""
SELECT {MARK} count(*)::float8 FROM pg_stat_activity WHERE state = 'active' AND backend_type = 'client backend'
       AND datname = current_database() AND application_name <> '{APPLICATION}'
"""
# Of the tables of users, which we never touch.
_ROWS = f"SELECT {MARK} coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::float8 FROM pg_stat_user_tables"
_CANCELED = f"""
SELECT {MARK} coalesce(sum(conflicts), 0)::float8 FROM pg_stat_database WHERE datname = current_database()
"""


_STREAMING = Gauge("replica.streaming", "replica", Role.INFO, "1", "replicas that the primary streams to")
_CANCELED_STATEMENTS = Counter(
    "replica.canceled", "replica", Role.ERRORS, "1", "statements on the replica that replay has cancelled"
)

METRICS = (
    _STREAMING,
    metrics.REPLICA_LAG_S,
    metrics.REPLICA_BEHIND_BYTES,
    metrics.REPLICA_ACTIVE,
    metrics.REPLICA_ROWS_READ,
    _CANCELED_STATEMENTS,
)
# What only the replica itself tells.
_ASKED = ((metrics.REPLICA_ACTIVE, _ACTIVE), (metrics.REPLICA_ROWS_READ, _ROWS), (_CANCELED_STATEMENTS, _CANCELED))


class _Replication:
    def __init__(self, primary: Session, standby: Session | None) -> None:
        self._primary, self._standby = primary, standby

    def read(self) -> Iterable[Reading]:
        count, lag_s, *behind = self._primary.rows(_PRIMARY)[0]
        yield Reading(_STREAMING, count)
        for part, size in zip(("send", "flush", "replay"), behind, strict=True):
            if size is not None:
                yield Reading(metrics.REPLICA_BEHIND_BYTES, max(size, 0.0), {"part": part})
        if self._standby is None:
            yield Reading(metrics.REPLICA_LAG_S, lag_s)
            return
        own = self._standby.value(_STANDBY)
        yield Reading(metrics.REPLICA_LAG_S, max(lag_s, own or 0.0))
        for metric, sql in _ASKED:
            yield Reading(metric, self._standby.value(sql))

    def facts(self) -> JSON:
        if self._standby is not None:
            return {}
        reason = "the primary streams to a replica that the target file does not name: who reads from it is unknown"
        return {"gaps": gap_facts(Gap("RPL-NONE", reason, _LOST, 'Add `replica = "env:…"` to the target file.'))}

    def close(self) -> None:
        self._primary.close()
        if self._standby is not None:
            self._standby.close()


def connect(target: Target) -> _Replication:
    primary = open_session(target, PROBE.deadline_s, _LOST, monitor=True)
    try:
        return _Replication(primary, _standby(target, primary))
    except BaseException:
        primary.close()
        raise


def _standby(target: Target, primary: Session) -> Session | None:
    """A session on the replica that the target names; None where it names none and there is one all the same."""
    if target.replica is None:
        if not primary.value(f"SELECT {MARK} count(*) FROM pg_stat_replication WHERE state = 'streaming'"):
            raise NotConfigured("the target has no replica")
        return None
    try:
        standby = open_session(replace(target, postgres=target.replica), PROBE.deadline_s, _LOST, monitor=True)
    except Unavailable as error:
        raise Unavailable(replace(error.gap, code="RPL-NONE", reason=f"the replica: {error.gap.reason}")) from error
    if not standby.value(f"SELECT {MARK} pg_is_in_recovery()"):
        standby.close()
        reason = "what the target names as its replica is no replica: it is not in recovery"
        raise Unavailable(Gap("RPL-NONE", reason, _LOST, "Name a standby of `postgres` as `replica`."))
    return standby


PROBE = Probe("replication", "Postgres replicas: their lag, and who reads from them.", 1.0, METRICS, connect)
