"""How fast a few real tenants become many by `rampart seed --multiply`, all that belongs to it counted."""

from __future__ import annotations

from statistics import median

import psycopg

from benchmarks._seed_applications import is_there, made, requests
from benchmarks._seed_floor import floor
from benchmarks._seed_rivals import LAB, SCHEMA, make, quiet
from benchmarks._seed_server import Server
from seeders.growth.grow import grow
from seeders.multiply.multiply import Request, multiply

_REAL = 8  # tenants of the lab that stand for real ones
_FORGET = "DROP TABLE rampart_seed"
# Tenants of each schema that make two to three million rows, so that what a growth costs once weighs little.
_LEVELS = {"lab": 8000, "desk": 6000, "shop": 5500, "books": 3000, "forum": 7000}


def multiply_figures(server: Server, rounds: int) -> dict[str, float]:
    """Medians of some rounds, by schema: the lab's, and those of four applications where they are installed.

    `rows_per_s`: rows copied by seconds from the call to its return (source rows found and numbered, copies written,
    keys and indexes built, every foreign key checked, VACUUM ANALYZE and CHECKPOINT).
    `server_rows_per_s`: the same rows, indexes and foreign keys by the server alone, right after each round.
    `over_server`: the one by the other. `over_server_settled`: by the server alone where it ends as a growth does, with
    VACUUM ANALYZE and CHECKPOINT, and without the seconds that a growth has rehearsed and counted, which are printed.
    """
    wanted = {"lab": Request(_LEVELS["lab"], root="tenants")}
    templates = {"lab": _lab(server)}
    if is_there():
        wanted |= {name: requests(_LEVELS[name])[name] for name in ("desk", "shop", "books", "forum")}
    else:
        print("multiply: the applications are not installed (their integration test does that)", flush=True)
    for name in set(wanted) - {"lab"}:
        made(server, name)
        templates[name] = name
    figures: dict[str, float] = {}
    for name, request in wanted.items():
        rated = [_once(server, name, templates[name], request) for _ in range(rounds)]
        figures |= {
            f"multiply_{name}_rows_per_s": round(median(ours for ours, _, _ in rated)),
            f"multiply_{name}_server_rows_per_s": round(median(bare for _, bare, _ in rated)),
            f"multiply_{name}_over_server": round(median(ours / bare for ours, bare, _ in rated), 3),
            f"multiply_{name}_over_server_settled": round(median(settled for _, _, settled in rated), 3),
        }
    return figures


def _lab(server: Server) -> str:
    conninfo = make(server, "bench_real", SCHEMA)
    grow(LAB, conninfo, _REAL, 1, quiet)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_FORGET)
    return "bench_real"


def _once(server: Server, name: str, template: str, request: Request) -> tuple[float, float, float]:
    """Rows per second of a growth, and of the server alone; and the one over the other to the same end."""
    conninfo = server.create("bench_multiplied", template)
    done = multiply(conninfo, request, quiet)
    rate, least = done.rows_added / done.seconds, floor(conninfo)
    alone = least.rows + least.indexes + least.keys
    bare, apart = done.rows_added / alone, done.rehearsed_s + done.counted_s
    print(
        f"multiply {name}: to {done.tenants:,} tenants, {done.rows_added:,} rows in {done.seconds:.1f} s, "
        f"{rate:,.0f} rows/s; the server alone: rows {least.rows:.1f} s, indexes {least.indexes:.1f} s, "
        f"foreign keys {least.keys:.1f} s, {bare:,.0f} rows/s; settled {least.settled:.1f} s; rehearsed and counted by "
        f"the growth {apart:.1f} s",
        flush=True,
    )
    return rate, bare, (alone + least.settled) / (done.seconds - apart)
