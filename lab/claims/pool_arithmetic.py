"""How many instances with a pool each does the database take?"""

from __future__ import annotations

from contextlib import ExitStack

import psycopg
from psycopg.conninfo import make_conninfo

from lab.claims._claim import Claim, Measured
from lab.postgres import ROLE
from lab.staging import Lab

_POOL = 10  # connections of one instance, as the product has


def measure(lab: Lab) -> Measured:
    """Open pools of ten, as further instances would, until one connection is refused."""
    conninfo = make_conninfo(lab.target.postgres or "", user=ROLE)
    opened, why = 0, ""
    with psycopg.connect(lab.target.postgres or "") as database:
        limit = int((database.execute("SHOW max_connections").fetchone() or ("0",))[0])
    with ExitStack() as held:
        try:
            while opened < 10 * limit:
                held.enter_context(psycopg.connect(conninfo, connect_timeout=5))
                opened += 1
        except psycopg.OperationalError as error:
            why = str(error).strip().splitlines()[-1]
    fit = opened // _POOL
    rows = [("max_connections", float(limit), "connections"), ("pools of ten that fit", float(fit), "instances")]
    reason = why.partition("FATAL:")[2].strip()
    said = f"instance {fit + 1} beside the product that runs is refused ({reason})."
    return Measured(rows, opened < limit, said)


CLAIM = Claim("pool-arithmetic", "Instances times pool size soon pass the connection limit.", measure)
