"""A small pool whose connections are held while the request waits for something else."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="app-pool",
    summary="a pool of two, and each request holds its connection across calls to outside services",
    breaks="GET /projects/{id} and POST /invoices keep a connection idle for the 60 ms of an outside call.",
    finding="app-pool",
    tenants=100,
    users="130 to 155",
    remedy="Take a connection for a statement, not for a request, and give the pool as many as the database can serve.",
    settings={"pool_max": 2, "connection_scope": "request"},
)
