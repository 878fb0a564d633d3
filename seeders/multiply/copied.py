"""What copied tenants a database holds, for the record of a run: names, counts and kinds, and never a value."""

from __future__ import annotations

import psycopg

from rampart.model import JSON
from seeders.database.connect import connect
from seeders.multiply import _journal


def copied_tenants(conninfo: str) -> list[JSON]:
    """Each growth by copies that is there; none where the role may not look or the server does not answer."""
    try:
        with connect(conninfo) as connection:
            return [
                {
                    "root": one.root, "copies": one.copies, "rows": one.rows, "harmless": one.harmless,
                    "database": one.database, "complete": one.done,
                }
                for one in _journal.steps(connection)
            ]  # fmt: skip
    except psycopg.Error:
        return []
