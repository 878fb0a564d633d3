"""The server alone: the rows of a finished growth once more, in bare tables, to the same end by the shortest way.

It is what an engineer would do by hand who had all values already, and knew that they are right. Nothing is left in it
that a growth could save: no row is sought, renewed or claimed, all are read from one end to the other; no triggers. It
has the same connections with the same settings, takes the largest first in each phase, and leaves out nothing that a
growth does for good: the same checks hold of each row, the same indexes are built after the rows, the server checks the
same foreign keys, VACUUM ANALYZE and CHECKPOINT leave the same visibility maps and statistics and no dirty page.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from seeders.database.bulk import settle
from seeders.database.connect import Connection
from seeders.database.crew import crew
from seeders.database.phases import Phases

_PAGES = 2000  # of a statement: 16 MB
_TABLES = """
SELECT c.oid::bigint, c.relname, pg_relation_size(c.oid) / current_setting('block_size')::int,
       format('CREATE TABLE floor.%I (LIKE %s INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION)',
              c.relname, c.oid::regclass),
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


def floor(conninfo: str) -> dict[str, float]:
    """Write the copied tables of a multiplied database again; seconds by phase, called as a growth's phases are."""
    phases = Phases()
    with psycopg.connect(conninfo, autocommit=True) as control, crew(conninfo) as hands:
        control.execute("CREATE SCHEMA floor; SET search_path = pg_catalog")
        tables = control.execute(_TABLES.encode()).fetchall()
        for *_, create, _ in tables:
            control.execute(create.encode())
        oids = [oid for oid, *_ in tables]
        indexes = [definition for (definition,) in control.execute(_INDEXES, [oids])]
        keys = control.execute(_KEYS, [oids, oids]).fetchall()
        with phases.timed("rows"):
            hands.each(_run, [one for _, _, pages, _, insert in tables for one in _parts(insert, pages)])
        with phases.timed("indexes"):
            hands.each(_run, indexes)
        with phases.timed("foreign keys"):
            for _, add, _ in keys:
                control.execute(add.encode())
            # Two checks of one table would wait for each other.
            hands.each(_run, ["".join(check for name, _, check in keys if name == table) for table in _first(keys)])
        control.execute("RESET search_path")
        made = control.execute(
            "SELECT oid::bigint FROM pg_class WHERE relnamespace = 'floor'::regnamespace AND relkind = 'r'"
        )
        settle(control, hands, [oid for (oid,) in made], phases)
    return phases.seconds


def _parts(insert: str, pages: int) -> Iterator[str]:
    for first in range(0, pages, _PAGES):
        yield f"{insert} WHERE ctid >= '({first},0)' AND ctid < '({first + _PAGES},0)'"


def _first(keys: list[tuple[str, str, str]]) -> list[str]:
    return list(dict.fromkeys(name for name, *_ in keys))


def _run(connection: Connection, statement: str) -> None:
    connection.execute(statement.encode())
