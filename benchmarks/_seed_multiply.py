"""How fast a few real tenants become many by `rampart seed --multiply`, all that belongs to it counted."""

from __future__ import annotations

from statistics import median

import psycopg

from benchmarks._seed_rivals import LAB, SCHEMA, make, quiet
from benchmarks._seed_server import Server
from seeders.grow import grow
from seeders.multiply.multiply import Request, multiply

_REAL = 8  # tenants of the lab that stand for real ones
_FORGET = "DROP TABLE rampart_seed"


def multiply_rows_per_s(server: Server, tenants: int, rounds: int) -> float:
    """The lab's schema with its indexes and foreign keys, from a few tenants to `tenants`: the median of some rounds.

    Rows copied by seconds from the call to its return: source rows found and numbered, copies written, indexes built,
    every foreign key counted, VACUUM ANALYZE and CHECKPOINT.
    """
    conninfo = make(server, "bench_real", SCHEMA)
    grow(LAB, conninfo, _REAL, 1, quiet)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_FORGET)
    rates = [_once(server.create("bench_multiplied", "bench_real"), tenants) for _ in range(rounds)]
    return median(rates)


def _once(conninfo: str, tenants: int) -> float:
    done = multiply(conninfo, Request(tenants, root="tenants"), quiet)
    rate = done.rows_added / done.seconds
    print(f"multiply: {done.rows_added:,} rows in {done.seconds:.1f} s, {rate / 1e6:.2f} million rows/s", flush=True)
    return rate
