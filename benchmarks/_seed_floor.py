"""The most that the server could do: it writes the rows of a finished growth once more, into bare tables of its own.

Nothing is left in it that a growth could save: no row is sought, renewed or claimed, all are read from one end to the
other. No triggers; the same indexes are built after the rows, then the same foreign keys are checked by the server.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from seeders.database.connect import Connection
from seeders.database.crew import crew

_PAGES = 2000  # of a statement: 16 MB
_TABLES = """
SELECT c.oid::bigint, c.relname, pg_relation_size(c.oid) / current_setting('block_size')::int,
       format('CREATE TABLE floor.%I (LIKE %s)', c.relname, c.oid::regclass),
       format('INSERT INTO floor.%I SELECT * FROM %s', c.relname, c.oid::regclass)
FROM pg_class c WHERE c.relkind = 'r' AND c.oid IN (
    SELECT to_regclass(jsonb_object_keys(value->'rows')) FROM public.rampart_seed WHERE kind = 'multiply')
ORDER BY 3 DESC"""
# With no helpers of the server: they would share the same processors.
_INDEXES = """
SELECT 'SET max_parallel_maintenance_workers = 0; ' ||
       replace(pg_get_indexdef(indexrelid), format(' ON %%s ', c.oid::regclass), format(' ON floor.%%I ', c.relname))
FROM pg_index i JOIN pg_class c ON c.oid = indrelid WHERE indrelid = ANY(%s) ORDER BY pg_relation_size(c.oid) DESC"""
_KEYS = """
SELECT c.relname,
       format('ALTER TABLE floor.%%I ADD CONSTRAINT %%I %%s NOT VALID', c.relname, conname,
              replace(pg_get_constraintdef(k.oid), format(' REFERENCES %%s(', confrelid::regclass),
                      CASE WHEN confrelid = ANY(%s) THEN format(' REFERENCES floor.%%I(', p.relname)
                           ELSE format(' REFERENCES %%s(', confrelid::regclass) END)),
       format('ALTER TABLE floor.%%I VALIDATE CONSTRAINT %%I;', c.relname, conname)
FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid JOIN pg_class p ON p.oid = confrelid
WHERE contype = 'f' AND convalidated AND conrelid = ANY(%s) ORDER BY pg_relation_size(c.oid) DESC, conname"""


@dataclass(frozen=True, slots=True)
class Floor:
    """Seconds that the server itself needs."""

    rows: float
    indexes: float
    keys: float
    settled: float  # VACUUM ANALYZE and CHECKPOINT, as every growth ends


def floor(conninfo: str) -> Floor:
    """Write the copied tables of a multiplied database again, on as many connections as a growth has."""
    with psycopg.connect(conninfo, autocommit=True) as control, crew(conninfo) as hands:
        control.execute("CREATE SCHEMA floor; SET search_path = pg_catalog")
        tables = control.execute(_TABLES.encode()).fetchall()
        for *_, create, _ in tables:
            control.execute(create.encode())
        oids, names = [oid for oid, *_ in tables], [name for _, name, *_ in tables]
        inserts = [one for _, _, pages, _, insert in tables for one in _parts(insert, pages)]
        indexes = [definition for (definition,) in control.execute(_INDEXES, [oids])]
        keys = control.execute(_KEYS, [oids, oids]).fetchall()
        marks = [time.perf_counter()]
        for statements in (inserts, indexes):
            hands.each(_run, statements)
            marks.append(time.perf_counter())
        for _, add, _ in keys:
            control.execute(add.encode())
        # Two checks of one table would wait for each other.
        hands.each(_run, ["".join(check for name, _, check in keys if name == table) for table in _first(keys)])
        marks.append(time.perf_counter())
        hands.each(_run, [f'VACUUM (ANALYZE) floor."{table}"' for table in names])
        control.execute("CHECKPOINT")
        return Floor(marks[1] - marks[0], marks[2] - marks[1], marks[3] - marks[2], time.perf_counter() - marks[3])


def _parts(insert: str, pages: int) -> Iterator[str]:
    for first in range(0, pages, _PAGES):
        yield f"{insert} WHERE ctid >= '({first},0)' AND ctid < '({first + _PAGES},0)'"


def _first(keys: list[tuple[str, str, str]]) -> list[str]:
    return list(dict.fromkeys(name for name, *_ in keys))


def _run(connection: Connection, statement: str) -> None:
    connection.execute(statement.encode())
