"""How are the tables read and written, how large are they, and are their indexes used?"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import psycopg

from probes._gaps import gap_facts
from probes._postgres import MARK, Session, open_session
from probes._probe import Probe
from probes._settings import off_for_roles, switched_off
from rampart import metrics
from rampart.config import Target
from rampart.model import JSON, Counter, Gap, Gauge, Reading, Role

_LOST = ("missing-index", "stale-statistics")
_MANY = 2000  # relations; the size of each is a look at the file system, so beyond this it is taken once

# In the order of the columns of _TABLES.
_OF_TABLES = (
    metrics.TABLE_SEQ_SCANS,
    metrics.TABLE_SEQ_ROWS,
    Counter("db.table.index_scans", "db", Role.DEMAND, "1", "index scans begun", ("table",)),
    metrics.TABLE_INDEX_ROWS,
    metrics.TABLE_INSERTED,
    Counter("db.table.updated", "db", Role.DEMAND, "rows", "rows updated", ("table",)),
    metrics.TABLE_DELETED,
    metrics.TABLE_LIVE_ROWS,
    Gauge("db.table.dead_rows", "db", Role.SATURATION, "rows", "dead rows, estimated", ("table",)),
    metrics.TABLE_MODIFIED_SINCE_ANALYZE,
)
_BYTES = Gauge("db.table.bytes", "db", Role.INFO, "bytes", "table, TOAST and indexes", ("table",))
_INDEX_SCANS = Counter("db.index.scans", "db", Role.DEMAND, "1", "scans of the index", ("table", "index"))

# The planner has statistics if an ANALYZE is remembered or columns of the table are in pg_stats; it has none if they
# are readable and absent, or if its row count was never set (-1, since 14). Otherwise we may not look: unknown.
_TABLES = f"""
SELECT {MARK} s.schemaname || '.' || s.relname, seq_scan::float8, seq_tup_read::float8, coalesce(idx_scan, 0)::float8,
       coalesce(idx_tup_fetch, 0)::float8, n_tup_ins::float8, n_tup_upd::float8, n_tup_del::float8, n_live_tup::float8,
       n_dead_tup::float8, n_mod_since_analyze::float8,
       CASE WHEN last_analyze IS NOT NULL OR last_autoanalyze IS NOT NULL OR EXISTS (
                SELECT FROM pg_stats p WHERE p.schemaname = s.schemaname AND p.tablename = s.relname) THEN 1
            WHEN c.reltuples < 0 OR has_table_privilege(s.relid, 'SELECT') THEN 0 END
FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid WHERE s.schemaname NOT LIKE 'pg_temp%'
"""
_INDEXES = f"""
SELECT {MARK} schemaname || '.' || relname, indexrelname, idx_scan::float8
FROM pg_stat_user_indexes WHERE schemaname NOT LIKE 'pg_temp%'
"""
_SIZES = f"""
SELECT {MARK} schemaname || '.' || relname, pg_total_relation_size(relid)::float8
FROM pg_stat_user_tables WHERE schemaname NOT LIKE 'pg_temp%'
"""
_ROWS = f"""
SELECT {MARK} s.schemaname || '.' || s.relname, CASE WHEN c.reltuples < 0 THEN n_live_tup ELSE c.reltuples END::float8
FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid WHERE s.schemaname NOT LIKE 'pg_temp%'
"""
_DEFINITIONS = f"""
SELECT {MARK} schemaname || '.' || relname, array_agg(pg_get_indexdef(indexrelid) ORDER BY indexrelid)
FROM pg_stat_user_indexes WHERE schemaname NOT LIKE 'pg_temp%' GROUP BY 1
"""
# Positive: distinct values; negative: their share of the rows (1 means that all differ).
_DISTINCT = f"""
SELECT {MARK} schemaname || '.' || tablename, jsonb_object_agg(attname, n_distinct) FROM pg_stats
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND NOT inherited GROUP BY 1
"""


class _Tables:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._sizes: dict[str, float] = {}

    def read(self) -> Iterable[Reading]:
        rows = self._session.rows(_TABLES)
        for table, *values, analyzed in rows:
            labels = {"table": table}
            for metric, value in zip(_OF_TABLES, values, strict=True):
                yield Reading(metric, value, labels)
            if analyzed is not None:
                yield Reading(metrics.TABLE_ANALYZED, analyzed, labels)
        for table, index, scans in self._session.rows(_INDEXES):
            yield Reading(_INDEX_SCANS, scans, {"table": table, "index": index})
        for table, size in self._measured(len(rows)).items():
            yield Reading(_BYTES, size, {"table": table})

    def _measured(self, tables: int) -> dict[str, float]:
        if not self._sizes or tables <= _MANY:
            # Where somebody rebuilds a table, the sizes of the last read stand.
            with suppress(psycopg.errors.LockNotAvailable):
                self._sizes = {table: size for table, size in self._session.rows(_SIZES) if size is not None}
        return self._sizes

    def facts(self) -> JSON:
        sizes = self._measured(0)
        indexes = dict[str, list[str]](self._session.rows(_DEFINITIONS))
        distinct = dict[str, JSON](self._session.rows(_DISTINCT))
        return {
            "tables": {
                table: {
                    "rows": rows,
                    "bytes": sizes.get(table),
                    "indexes": indexes.get(table, []),
                    "distinct": distinct.get(table, {}),
                }
                for table, rows in self._session.rows(_ROWS)
            },
            "gaps": gap_facts(*self._gaps()),
        }

    def _gaps(self) -> Iterable[Gap]:
        off = switched_off(self._session, "track_counts") or off_for_roles(self._session, "track_counts")
        if off:
            yield Gap(
                "PG-NOCOUNTS", f"{off.said}: scans, rows and blocks are not counted", (*_LOST, "db-io"), off.remedy
            )

    def close(self) -> None:
        self._session.close()


def connect(target: Target) -> _Tables:
    return _Tables(open_session(target, PROBE.deadline_s, _LOST, monitor=False))


METRICS = (*_OF_TABLES, metrics.TABLE_ANALYZED, _BYTES, _INDEX_SCANS)
PROBE = Probe("tables", "Postgres scans, rows and sizes by table and index.", None, METRICS, connect, deadline_s=5.0)
