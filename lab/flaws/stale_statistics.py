"""A column that a migration added and filled, on a table whose statistics nobody refreshes."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="stale-statistics",
    summary="reminders were filled in after the last ANALYZE of tasks, and autovacuum is off for it",
    breaks="The planner believes that no task has a reminder, and reads all tenants' reminders to find one tenant's.",
    finding="stale-statistics",
    tenants=10_000,
    users="80 to 280",
    remedy="ANALYZE after each import or migration, and leave autovacuum on.",
    # Of an empty table the first ANALYZE says the same; broken again, it is what was known before the migration.
    broken_by=(
        "SELECT pg_clear_attribute_stats('public', 'tasks', 'remind_on', false)",
        "SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', 'tasks', 'attname', 'remind_on', "
        "'inherited', false, 'null_frac', 1::real, 'avg_width', 4, 'n_distinct', 0::real)",
        "ALTER TABLE tasks SET (autovacuum_enabled = off)",
    ),
    grown_by=("UPDATE tasks SET remind_on = created_at::date + 14 WHERE completed_at IS NULL AND remind_on IS NULL",),
    mended_by=("ALTER TABLE tasks RESET (autovacuum_enabled)", "ANALYZE tasks"),
)
