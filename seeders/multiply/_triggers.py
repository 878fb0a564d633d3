"""Keep the target's triggers and rules still while copies are written: they have done their work on the source rows.

Where the role may (superusers, and roles that were granted it), a session setting does that, and nothing of the target
is touched. Else its triggers and rules are disabled by name and woken afterwards, and its foreign keys are taken off
and checked when they are put back. What would act in a replicating session too is disabled by name in either case.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from seeders.database.connect import Connection, qualified
from seeders.multiply import _journal

_TRIGGERS = """
SELECT format('%%s %%I', t.tgrelid::regclass, t.tgname),
       format('ALTER TABLE ONLY %%s DISABLE TRIGGER %%I', t.tgrelid::regclass, t.tgname),
       format('ALTER TABLE ONLY %%s ENABLE %%s TRIGGER %%I', t.tgrelid::regclass,
              CASE t.tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, t.tgname)
FROM pg_trigger t JOIN (SELECT unnest(%s::oid[]) AS oid) wanted
  ON t.tgrelid = wanted.oid OR t.tgrelid IN (SELECT relid FROM pg_partition_tree(wanted.oid))
WHERE NOT t.tgisinternal AND t.tgenabled::text = ANY(%s)"""
_RULES = """
SELECT format('rule %%s %%I', r.ev_class::regclass, r.rulename),
       format('ALTER TABLE %%s DISABLE RULE %%I', r.ev_class::regclass, r.rulename),
       format('ALTER TABLE %%s ENABLE %%s RULE %%I', r.ev_class::regclass,
              CASE r.ev_enabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, r.rulename)
FROM pg_rewrite r WHERE r.ev_class = ANY(%s) AND r.ev_type IN ('3', '4') AND r.ev_enabled::text = ANY(%s)"""


def may_replicate(connection: Connection) -> bool:
    """Whether this role may put a session into the role of a replica."""
    try:
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
        return True
    except psycopg.errors.InsufficientPrivilege:
        return False


def settle_session(connection: Connection, *, replica: bool) -> None:
    """For one transaction: no triggers, no rules, no row-level security that hides rows, no wait for the disk."""
    if replica:
        connection.execute("SET LOCAL session_replication_role = replica")
    else:
        connection.execute("SET CONSTRAINTS ALL DEFERRED")
    connection.execute("SET LOCAL row_security = off")
    connection.execute("SET LOCAL jit = off")
    connection.execute("SET LOCAL synchronous_commit = off")


def hush(connection: Connection, tables: Sequence[int], *, replica: bool) -> None:
    """Disable the triggers and rules that would act all the same, recorded first, all or nothing."""
    modes = ["A", "R"] if replica else ["O", "A"]
    with connection.transaction():
        with qualified(connection):
            found = [
                row
                for query in (_TRIGGERS, _RULES)
                for row in connection.execute(query, [list(tables), modes]).fetchall()
            ]
        for name, disable, enable in found:
            _journal.hush(connection, name, enable)
            connection.execute(sql.SQL(disable))


def wake(connection: Connection) -> None:
    """Enable them again as they were."""
    for name, statement in _journal.hushed(connection):
        with connection.transaction():
            connection.execute(sql.SQL(statement))
            connection.execute("DELETE FROM rampart_seed WHERE kind = 'hushed' AND name = %s", [name])
