"""An export without bounds, whose cost grows with the square of a tenant's size."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="noisy-tenant",
    summary="GET /export puts together all that a tenant ever did, in loops over loops",
    breaks="The largest tenant's exports take seconds of the one processor that all share; nobody else's are felt.",
    finding="noisy-tenant",
    tenants=100,
    users="not measured yet",
    remedy="Bound what one request may take, and give each tenant a share of its own; make large exports in a job.",
    settings={"export_content": "everything"},
)
