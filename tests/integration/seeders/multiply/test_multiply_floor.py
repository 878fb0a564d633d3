"""What the benchmark calls the server's own work is the whole of it: the same rows, indexes and foreign keys."""

from __future__ import annotations

from multiplying import ask

from benchmarks._seed_floor import floor
from benchmarks._seed_rivals import LAB, SCHEMA, TABLES, make, quiet
from seeders.growth.grow import grow
from seeders.multiply.multiply import Request, multiply

_INDEXES = """
SELECT replace(pg_get_indexdef(indexrelid), '{0}.', '') FROM pg_index i JOIN pg_class c ON c.oid = indrelid
WHERE relnamespace = '{0}'::regnamespace AND relname = ANY('{{{1}}}') ORDER BY 1"""
_KEYS = """
SELECT conname, replace(pg_get_constraintdef(oid), '{0}.', ''), convalidated
FROM pg_constraint WHERE contype = 'f' AND connamespace = '{0}'::regnamespace ORDER BY 1"""

_CHECKS = """
SELECT relname, conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
WHERE contype IN ('c', 'n') AND connamespace = '{0}'::regnamespace AND relname = ANY('{{{1}}}') ORDER BY 1, 2"""
# Every page is marked as visible to all, and every column has statistics.
_SETTLED = """
SELECT relname, reltuples, relallvisible > 0 AND relallvisible = relpages,
       (SELECT count(*) FROM pg_stats WHERE schemaname = '{0}' AND tablename = relname)
FROM pg_class WHERE relkind = 'r' AND relnamespace = '{0}'::regnamespace AND relname = ANY('{{{1}}}') ORDER BY 1"""


def test_the_server_alone_does_all_that_a_growth_leaves_behind(server):
    conninfo = make(server, "floor", SCHEMA)
    grow(LAB, conninfo, 4, 1, quiet)
    ask(conninfo, "DROP TABLE rampart_seed")
    multiply(conninfo, Request(40, root="tenants"), quiet)
    took = floor(conninfo)
    assert set(took) == {"rows", "indexes", "foreign keys", "VACUUM ANALYZE", "CHECKPOINT"}
    for table in TABLES:
        assert ask(conninfo, f"TABLE {table} EXCEPT ALL TABLE floor.{table}") == []
    names = ",".join(TABLES)
    assert ask(conninfo, _INDEXES.format("floor", names)) == ask(conninfo, _INDEXES.format("public", names)) != []
    assert ask(conninfo, _KEYS.format("floor")) == ask(conninfo, _KEYS.format("public")) != []
    assert ask(conninfo, _CHECKS.format("floor", names)) == ask(conninfo, _CHECKS.format("public", names)) != []
    assert ask(conninfo, _SETTLED.format("floor", names)) == ask(conninfo, _SETTLED.format("public", names)) != []
