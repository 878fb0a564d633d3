"""A page that is kept for a minute, and that nobody throws away when what it shows has changed."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="stale-cache",
    summary="the page of a project is kept for a minute, whatever is done to its tasks",
    breaks="GET /projects/{id} shows the tasks of a minute ago to the person who has just created or completed one.",
    finding="stale-read",
    tenants=100,
    users="any number",
    remedy="Drop the page when a write to the project has been committed, or do not keep what its users change.",
    settings={"project_ttl_s": 60},
)
