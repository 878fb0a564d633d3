"""An outside service on the plan that was enough on the first day."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="slow-service",
    summary="the outside services serve us two at a time",
    breaks="GET /projects/{id} and POST /invoices wait in the provider's queue as soon as more than two of them meet.",
    finding="downstream",
    tenants=100,
    users="140 to 300",
    remedy="Pay for as many calls at once as the load needs, or keep what was answered and ask less often.",
    settings={"services_plan": "free"},
    severities={
        "weak": {"settings": {"services_plan": "team"}, "users": "210 to 450"},
        "strong": {"settings": {"services_plan": "trial"}, "users": "70 to 150"},
    },
)
