"""PgBouncer as it comes, in session mode: each request keeps one of its few connections until it has been answered."""

from lab.flaws._flaw import Flaw

_SMALL = {"pool_mode": "session"}

FLAW = Flaw(
    name="pooler",
    summary="a PgBouncer in session mode with two connections, and a session for each request",
    breaks="GET /projects/{id} and POST /invoices keep a server connection idle for the 60 ms of an outside call.",
    finding="pooler",
    tenants=100,
    users="145 to 220",
    remedy="Pool transactions and not sessions, and give the pool as many connections as the database can serve.",
    settings={"pool_max": 0, "connection_scope": "request"},
    settings_mended={"pool_max": 0, "connection_scope": "request"},  # the product stays as it is
    pooler={**_SMALL, "default_pool_size": "2"},
    severities={
        "weak": {"pooler": {**_SMALL, "default_pool_size": "3"}, "users": "255 to 290"},
        "strong": {"pooler": {**_SMALL, "default_pool_size": "1"}, "users": "85 to 115"},
    },
)
