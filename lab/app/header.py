"""What every page shows above its own content: how many tasks its team has had open, and for how long, until now."""

from __future__ import annotations

from lab.app.database import Database, Row

_DAYS = 56

_TREND = f"""
SELECT count(t.id) AS open, coalesce(avg(extract(epoch FROM instant - t.created_at)), 0)::float8 AS mean_age_s
FROM generate_series(now() - interval '{_DAYS} days', now(), interval '1 day') AS instant
LEFT JOIN tasks t ON t.tenant_id = %s AND t.created_at <= instant
     AND (t.completed_at IS NULL OR t.completed_at > instant)
GROUP BY instant ORDER BY instant"""


async def trend(database: Database, tenant: int) -> list[Row]:
    """Open tasks of a tenant and their mean age, at this time of each day, the oldest first."""
    return await database.fetch(_TREND, (tenant,))
