"""How much work has the database done, and how much of it missed its cache, spilled or was undone?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import psycopg

from probes._gaps import gap_facts
from probes._postgres import MARK, Session, open_session
from probes._probe import Probe
from probes._settings import switched_off
from rampart import metrics
from rampart.config import Target
from rampart.model import JSON, Counter, Gap, Metric, Reading, Role

_LOST = ("db-io", "db-connections")

# Column of pg_stat_database, and what it is called here. Columns that this server lacks are passed over.
_COLUMNS: Mapping[str, Metric] = {
    "xact_commit": metrics.DB_COMMITS,
    "xact_rollback": Counter("db.rollbacks", "db", Role.ERRORS, "1", "transactions rolled back"),
    "deadlocks": metrics.DB_DEADLOCKS,
    "blks_hit": metrics.DB_BLOCKS_HIT,
    "blks_read": metrics.DB_BLOCKS_READ,
    "temp_bytes": Counter("db.temp_bytes", "db", Role.SATURATION, "bytes", "spilled by sorts and hashes"),
    "blk_read_time": metrics.DB_IO_READ_MS,
    "blk_write_time": Counter(
        "db.io_write_ms", "db", Role.DEMAND, "ms", "time spent writing blocks, with `track_io_timing`"
    ),
    "sessions": metrics.DB_SESSIONS_OPENED,
    "idle_in_transaction_time": metrics.DB_IDLE_IN_TRANSACTION_MS,
}
_WAL = Counter("db.wal_bytes", "db", Role.DEMAND, "bytes", "write-ahead log written")
_WAL_SQL = f"""
SELECT {MARK} pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                                   ELSE pg_current_wal_lsn() END, '0/0')::float8
"""
_SETTINGS = rf"""
SELECT {MARK} name, current_setting(name) FROM pg_settings WHERE name = ANY (regexp_split_to_array($$
server_version max_connections superuser_reserved_connections reserved_connections shared_buffers
effective_cache_size work_mem hash_mem_multiplier maintenance_work_mem max_wal_size checkpoint_timeout
wal_compression synchronous_commit synchronous_standby_names fsync full_page_writes random_page_cost
seq_page_cost effective_io_concurrency io_method jit autovacuum autovacuum_max_workers autovacuum_naptime
autovacuum_vacuum_scale_factor autovacuum_analyze_scale_factor autovacuum_analyze_threshold
autovacuum_vacuum_cost_limit autovacuum_vacuum_cost_delay track_io_timing track_counts track_activity_query_size
compute_query_id pg_stat_statements.max pg_stat_statements.track deadlock_timeout default_transaction_isolation
max_parallel_workers_per_gather block_size hot_standby_feedback shared_preload_libraries$$, '\s+'))
"""


class _Database:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._untimed = switched_off(session, "track_io_timing")
        there = session.columns("pg_catalog.pg_stat_database")
        # Without track_io_timing the server reports a time of 0, which would read as "no time lost".
        self._columns = [c for c in _COLUMNS if c in there and (not self._untimed or not c.startswith("blk_"))]
        self._sql = (
            f"SELECT {MARK} {', '.join(f'{c}::float8' for c in self._columns)}"
            " FROM pg_stat_database WHERE datname = current_database()"
        )
        self._wal = self._has_wal()

    def _has_wal(self) -> bool:
        try:
            return self._session.value(_WAL_SQL) is not None
        except psycopg.Error:  # some managed servers keep their log elsewhere
            return False

    def read(self) -> Iterable[Reading]:
        for column, value in zip(self._columns, self._session.rows(self._sql)[0], strict=True):
            yield Reading(_COLUMNS[column], value)
        if self._wal:
            yield Reading(_WAL, self._session.value(_WAL_SQL))

    def facts(self) -> JSON:
        return {"settings": dict(self._session.rows(_SETTINGS)), "gaps": gap_facts(*self._gaps())}

    def _gaps(self) -> Iterable[Gap]:
        if off := self._untimed:
            yield Gap("PG-NOIOTIME", f"{off.said}: the latency of reads is unknown", (), off.remedy)

    def close(self) -> None:
        self._session.close()


def connect(target: Target) -> _Database:
    return _Database(open_session(target, PROBE.deadline_s, _LOST, monitor=False))


PROBE = Probe("database", "Postgres transactions, blocks, spills and log.", 5.0, (*_COLUMNS.values(), _WAL), connect)
