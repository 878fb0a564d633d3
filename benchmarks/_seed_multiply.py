"""How fast a few real tenants become many by `rampart seed --multiply`, all that belongs to it counted."""

from __future__ import annotations

from statistics import median

import psycopg

from benchmarks._seed_applications import is_there, made, requests
from benchmarks._seed_rivals import LAB, SCHEMA, make, quiet
from benchmarks._seed_server import Server
from seeders.grow import grow
from seeders.multiply.multiply import Request, multiply

_REAL = 8  # tenants of the lab that stand for real ones
_FORGET = "DROP TABLE rampart_seed"
# Tenants of each schema that make two to three million rows, so that what a growth costs once weighs little.
_LEVELS = {"lab": 8000, "desk": 6000, "shop": 5500, "books": 3000}


def multiply_rows_per_s(server: Server, rounds: int) -> dict[str, float]:
    """By schema, the median of some rounds: the lab's, and those of three applications where they are installed.

    Rows copied by seconds from the call to its return: source rows found and numbered, copies written, keys and indexes
    built, every foreign key checked, VACUUM ANALYZE and CHECKPOINT.
    """
    wanted = {"lab": Request(_LEVELS["lab"], root="tenants")}
    templates = {"lab": _lab(server)}
    if is_there():
        wanted |= {name: requests(_LEVELS[name])[name] for name in ("desk", "shop", "books")}
    else:
        print("multiply: the applications are not installed (their integration test does that)", flush=True)
    for name in set(wanted) - {"lab"}:
        made(server, name)
        templates[name] = name
    return {
        name: median(_once(server, name, templates[name], request) for _ in range(rounds))
        for name, request in wanted.items()
    }


def _lab(server: Server) -> str:
    conninfo = make(server, "bench_real", SCHEMA)
    grow(LAB, conninfo, _REAL, 1, quiet)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_FORGET)
    return "bench_real"


def _once(server: Server, name: str, template: str, request: Request) -> float:
    done = multiply(server.create("bench_multiplied", template), request, quiet)
    rate = done.rows_added / done.seconds
    print(
        f"multiply {name}: to {done.tenants:,} tenants, {done.rows_added:,} rows in {done.seconds:.1f} s, "
        f"{rate:,.0f} rows/s",
        flush=True,
    )
    return rate
