"""A transaction for each request, as object mappers open by themselves, and outside calls within it."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="idle-in-transaction",
    summary="each request is one transaction, which stays open across calls to outside services",
    breaks="GET /projects/{id} and POST /invoices hold an open transaction, idle for the 60 ms of an outside call.",
    finding="idle-in-transaction",
    tenants=100,
    users="160 to 230",
    remedy="Commit before calling anything that is not the database.",
    settings={"pool_max": 3, "connection_scope": "transaction"},
    severities={
        "weak": {"settings": {"pool_max": 4, "connection_scope": "transaction"}, "users": "270 to 290"},
        "strong": {"settings": {"pool_max": 2, "connection_scope": "transaction"}, "users": "115 to 150"},
    },
)
