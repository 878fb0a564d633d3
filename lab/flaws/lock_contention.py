"""Totals of the whole product that a trigger keeps, in one row."""

from lab.flaws._flaw import Flaw

_FUNCTION = """
CREATE OR REPLACE FUNCTION keep_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM totals FOR UPDATE;  -- two counts at once would each miss the other's rows
    UPDATE totals SET tasks = (SELECT count(*) FROM tasks), done = (SELECT count(completed_at) FROM tasks),
        invoices = (SELECT count(*) FROM invoices), cents = (SELECT sum(total_cents) FROM invoices);
    RETURN NULL;
END $$"""
_TABLES = ("tasks", "invoices")

FLAW = Flaw(
    name="lock-contention",
    summary="a trigger counts all tasks and invoices anew under the lock of a single row of totals",
    breaks="Every write waits for the count of the one before: POST /tasks, /tasks/{id}/complete and /invoices.",
    finding="lock-contention",
    tenants=1_000,
    users="75 to 240",
    remedy="Append what changed and sum it up later, outside the transactions of users.",
    broken_by=(
        "CREATE TABLE IF NOT EXISTS totals (tasks bigint, done bigint, invoices bigint, cents bigint)",
        "INSERT INTO totals SELECT WHERE NOT EXISTS (SELECT FROM totals)",
        _FUNCTION,
    ),
    grown_by=tuple(
        f"CREATE OR REPLACE TRIGGER keep_totals AFTER INSERT OR UPDATE ON {table} FOR STATEMENT"
        " EXECUTE FUNCTION keep_totals()"
        for table in _TABLES
    ),
    mended_by=tuple(f"DROP TRIGGER IF EXISTS keep_totals ON {table}" for table in _TABLES),
)
