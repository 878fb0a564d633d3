"""More processes and larger pools than the database has slots for, as after the first scaling out."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="db-connections",
    summary="three processes with pools of up to 20, held for each request, and a database of 12 connections",
    breaks="The pools cannot grow to what they may: the server refuses further connections, and requests wait.",
    finding="db-connections",
    tenants=100,
    users="220 to 260",
    remedy="Size pools so that processes × pool fits the server, and hold a connection for a statement.",
    settings={"pool_min": 1, "pool_max": 20, "connection_scope": "request"},
    app_processes=3,
    postgres={"max_connections": "12"},
)
