"""How the vendor's own business goes, over all tenants: `python -m lab.app.figures`. No user waits for it."""

from __future__ import annotations

import os
import time
from contextlib import suppress

import psycopg

from lab.app.settings import Settings

EVERY_S = 10.0
# Each needs all rows of its table: no index would help.
FIGURES = (
    "SELECT action, created_at::date AS day, count(*) FROM audit_events GROUP BY 1, 2",
    "SELECT quantity, count(*), sum(unit_cents) FROM invoice_lines GROUP BY 1",
)


def counted(database: str) -> list[int]:
    """How many lines each of the figures has; a connection of its own, which it gives back at once."""
    with psycopg.connect(database, autocommit=True, application_name="figures") as connection:
        return [len(connection.execute(query).fetchall()) for query in FIGURES]


if __name__ == "__main__":
    settings = Settings.read(os.environ)
    while True:
        with suppress(psycopg.Error):  # the database is being restarted, or has no connection to spare: the next time
            counted(settings.database)
        time.sleep(EVERY_S)
