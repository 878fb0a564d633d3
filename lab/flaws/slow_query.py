"""A figure over all tenants that is worked out for each who asks."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="slow-query",
    summary="the turnaround report sorts the tasks of all tenants each time",
    breaks="GET /reports/turnaround reads and sorts every completed task; no index narrows it, and the sort spills.",
    finding="slow-query",
    tenants=10_000,
    users="105 to 200",
    remedy="Keep a rollup by day, made each night, and read the report from it.",
    settings={"report_source": "tasks"},
)
