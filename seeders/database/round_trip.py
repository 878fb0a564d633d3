"""Whether an index that is made again by its own definition is written as it was.

The server writes an expression as it has understood it, and does not always understand its own text the same way again
(`(ARRAY['a'::varchar])::text[]` comes back as `ARRAY[('a'::varchar)::text]`). Such an index is better left in place.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from seeders.database.connect import Connection, scalar


def survives(connection: Connection, statement: str) -> bool:
    """Try it on an empty table of the same columns, and leave nothing behind. `statement`: of pg_get_indexdef."""
    if not statement.startswith("CREATE") or "::" not in statement:  # it is casts that come back differently
        return True
    head, _, rest = statement.partition(" USING ")
    table = head.partition(" ON ")[2].removeprefix("ONLY ")
    made = None
    try:
        with connection.transaction() as savepoint:
            connection.execute(sql.SQL(f"CREATE TEMP TABLE rampart_like (LIKE {table})"))
            connection.execute(sql.SQL(f"CREATE INDEX rampart_likeness ON pg_temp.rampart_like USING {rest}"))
            made = str(scalar(connection, "SELECT pg_get_indexdef('pg_temp.rampart_likeness'::regclass)"))
            raise psycopg.Rollback(savepoint)
    except psycopg.Error:  # no temporary tables for this role, say
        return False
    return made is not None and made.partition(" USING ")[2] == rest
