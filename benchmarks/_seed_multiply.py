"""How fast a few real tenants become many by `rampart seed --multiply`, all that belongs to it counted."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
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

_COMPARED = ("lab", "desk", "shop")  # of which the ratio is wanted; the others are grown once
_FILLED_AT_ONCE = 2


def multiply_figures(server: Server, rounds: int) -> dict[str, float]:
    """Medians of some rounds, by schema: the lab's, and those of four applications where they are installed.

    `rows_per_s`: rows copied by seconds from the call to its return (source rows found and numbered, rehearsed, copies
    written, keys and indexes built, every foreign key checked, VACUUM ANALYZE and CHECKPOINT).
    `server_rows_per_s`: the same rows to the same end by the server alone, right after each growth.
    `over_server`: the one by the other. `over_server_unsettled`: by the server alone without VACUUM ANALYZE and
    CHECKPOINT, though the growth has them: no goal, but it says how much of the ratio those are.
    """
    wanted = {"lab": Request(_LEVELS["lab"], root="tenants")}
    templates = {"lab": _lab(server)}
    if is_there():
        wanted |= {name: requests(_LEVELS[name])[name] for name in ("desk", "shop", "books", "forum")}
    else:
        print("multiply: the applications are not installed (their integration test does that)", flush=True)
    filled = [name for name in wanted if name != "lab"]
    with ThreadPoolExecutor(_FILLED_AT_ONCE) as pool:
        list(pool.map(partial(made, server), filled))
    templates |= {name: name for name in filled}
    figures: dict[str, float] = {}
    for name, request in wanted.items():
        times = rounds if name in _COMPARED else 1
        rated = [_once(server, name, templates[name], request) for _ in range(times)]
        figures |= {
            f"multiply_{name}_rows_per_s": round(median(one.rate for one in rated)),
            f"multiply_{name}_server_rows_per_s": round(median(one.server for one in rated)),
            f"multiply_{name}_over_server": round(median(one.rate / one.server for one in rated), 3),
            f"multiply_{name}_over_server_unsettled": round(median(one.rate / one.unsettled for one in rated), 3),
        }
    return figures


def _lab(server: Server) -> str:
    conninfo = make(server, "bench_real", SCHEMA)
    grow(LAB, conninfo, _REAL, 1, quiet)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(_FORGET)
    return "bench_real"


@dataclass(frozen=True, slots=True)
class _Rates:
    """Rows per second."""

    rate: float  # of a growth
    server: float  # of the server alone, to the same end
    unsettled: float  # of that without VACUUM ANALYZE and CHECKPOINT


def _once(server: Server, name: str, template: str, request: Request) -> _Rates:
    conninfo = server.create("bench_multiplied", template)
    done = multiply(conninfo, request, quiet)
    alone = floor(conninfo)
    seconds, rows = sum(alone.values()), done.rows_added
    unsettled = seconds - sum(alone[phase] for phase in ("VACUUM ANALYZE", "CHECKPOINT"))
    print(
        f"multiply {name}: {seconds / done.seconds:.2f} of the server alone, load {os.getloadavg()[0]:.1f}\n"
        f"  growth to {done.tenants:,} tenants, {rows:,} rows: {_said(dict(done.phases), done.seconds)}\n"
        f"  the server alone: {_said(alone, seconds)}",
        flush=True,
    )
    return _Rates(rows / done.seconds, rows / seconds, rows / unsettled)


def _said(phases: dict[str, float], seconds: float) -> str:
    parts = phases | {"others": seconds - sum(phases.values())}
    return f"{seconds:.2f} s ({', '.join(f'{name} {took:.2f}' for name, took in parts.items() if took >= 0.005)})"
