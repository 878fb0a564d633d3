"""Foreign-key columns that nobody indexed, because Postgres does not do so by itself and a small table hides it."""

from lab.flaws._flaw import Flaw

_LINES = ("DROP INDEX invoice_lines_by_tenant", "DROP INDEX invoice_lines_by_invoice")

FLAW = Flaw(
    name="missing-index",
    summary="invoice_lines has no index but its primary key",
    breaks="GET /invoices reads every line of every tenant to sum up fifty invoices.",
    finding="missing-index",
    tenants=10_000,
    users="85 to 250",
    remedy="Index the columns that the query selects by: invoice_lines (tenant_id) and (invoice_id).",
    broken_by=_LINES,
    mended_by=(  # of the strong one too: what is there already stays as it is
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS invoice_lines_by_tenant ON invoice_lines (tenant_id)",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS invoice_lines_by_invoice ON invoice_lines (invoice_id)",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS tasks_by_tenant ON tasks (tenant_id, created_at)",
    ),
    severities={
        "strong": {
            "summary": "neither invoice_lines nor tasks has an index by tenant",
            "breaks": "GET /invoices reads all lines; GET /tasks/search, GET /export and the dashboard read all tasks.",
            "users": "20 to 50",
            "remedy": "Index what is selected by: invoice_lines (tenant_id), (invoice_id), and tasks (tenant_id).",
            "broken_by": (*_LINES, "DROP INDEX tasks_by_tenant"),
        }
    },
)
