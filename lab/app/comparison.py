"""How the tenants of the product fare in all: what a dashboard compares its own numbers with."""

from __future__ import annotations

from lab.app.database import Database

TTL_S = 3  # people watch it move
KEY = "comparison"

# The hundred tenants that came first are the sample, so that it costs the same however many there are.
_MOMENTS = """
SELECT moment, round(avg(open), 1)::float AS open
FROM (SELECT moment, t.tenant_id, count(*) AS open
      FROM generate_series(current_date - 48, current_date, interval '8 hours') AS moment
      JOIN tasks t ON t.tenant_id = ANY(%s) AND t.created_at <= moment
           AND (t.completed_at IS NULL OR t.completed_at > moment)
      GROUP BY 1, 2) AS each
GROUP BY 1 ORDER BY 1"""


async def comparison(database: Database) -> list[float]:
    """Open tasks of a mean tenant, three times a day, for seven weeks."""
    rows = await database.fetch(_MOMENTS, (list(range(1, 101)),))
    return [row["open"] for row in rows]
