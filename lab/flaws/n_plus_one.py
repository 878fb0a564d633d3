"""Related rows that are fetched one by one in a loop, as an object mapper does when it loads lazily."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="n-plus-one",
    summary="the project list asks for each project's owner, tasks and faces one by one",
    breaks="GET /projects sends up to 1 + 8 × 25 statements in place of one.",
    finding="n-plus-one",
    tenants=100,
    users="85 to 360",
    remedy="Fetch owners, counts and names with the projects, in one statement.",
    settings={"project_loading": "lazy"},
)
