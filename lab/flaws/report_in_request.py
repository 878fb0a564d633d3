"""A report with pictures that is made while somebody waits for it."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="report-in-request",
    summary="GET /export draws three charts of a tenant's year, pixel by pixel, before it answers",
    breaks="One request in a hundred takes most of the product's processor time, and everybody shares that processor.",
    finding="sync-work",
    tenants=100,
    users="65 to 230",
    remedy="Answer with the rows; let a job make the report and say when it is ready.",
    settings={"export_content": "charted"},
)
