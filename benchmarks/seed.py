"""How fast, small and safe seeding is, beside pgbench and COPY on the same server: `python -m benchmarks.seed`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

from benchmarks._seed_encoders import encoder_figures
from benchmarks._seed_kills import kills
from benchmarks._seed_multiply import multiply_figures
from benchmarks._seed_rivals import (
    LAB,
    PGBENCH,
    SCHEMA,
    TABLES,
    bare_schema,
    copy_from,
    dump,
    make,
    ours,
    pgbench,
    quiet,
    row_bytes,
)
from benchmarks._seed_server import Server, postgres
from seeders.database.crew import loaders
from seeders.growth.grow import grow, tenants_of

_CHILD = """
import sys
from benchmarks._peak import peak_mb
from seeders.growth.grow import find, grow
grow(find("lab"), sys.argv[1], int(sys.argv[2]), 1, lambda fraction, text: None)
print(round(peak_mb()))
"""
_ENCODED = 2000  # tenants whose rows the encoders are compared on: a million rows
# What is wanted of each figure, and whether it is a floor or a ceiling.
_GOALS = {
    "bulk_over_pgbench": (1.0, "at least"),
    "bulk_over_copy": (0.9, "at least"),
    "indexed_over_copy": (0.8, "at least"),
    "peak_mb": (200.0, "at most"),
    "peak_ratio": (1.1, "at most"),
    "kills_resumed_equal": (10.0, "at least"),
    "encode_pgpq_over_ours": (1.3, "at least"),  # else a library should take the place of our encoder
    "send_adbc_over_ours": (1.3, "at least"),
    "multiply_lab_rows_per_s": (200_000.0, "at least"),
    "multiply_desk_rows_per_s": (200_000.0, "at least"),
    "multiply_shop_rows_per_s": (200_000.0, "at least"),
    "multiply_books_rows_per_s": (200_000.0, "at least"),
    "multiply_forum_rows_per_s": (200_000.0, "at least"),
    "multiply_lab_over_server": (0.9, "at least"),
    "multiply_desk_over_server": (0.9, "at least"),
    "multiply_shop_over_server": (0.9, "at least"),
}


def bulk(server: Server, tenants: int, rounds: int) -> dict[str, float]:
    """Into empty tables without indexes: ours, pgbench (as many rows), COPY FROM, and the server alone, in turn.

    Rows are compared as they come: one of ours has 4 to 11 columns and one of pgbench 4, of about the same bytes. The
    server alone is COPY FROM slices of our rows, on as many connections as we load on: no client can be faster. With a
    connection for each processor the server then has all of them. What our rows take to be drawn and sent, on the same
    processors, is added to that for what is `reachable`: none of them ever waits.
    """
    seen: dict[str, list[float]] = {"ours": [], "pgbench": [], "copy": [], "server": [], "reachable": []}
    for number in range(rounds + 1):
        conninfo, before = make(server, "bench_ours", bare_schema()), time.process_time()
        seen["ours"].append(ours(conninfo, tenants))
        drawing = (time.process_time() - before) / _rows(tenants)
        if number == 0:
            dump(server, conninfo, "bulk")
            dump(server, conninfo, "slices", slice_pages=1000)
        seen["pgbench"].append(pgbench(server, max(1, tenants // 200)))
        widths = {"ours": row_bytes(conninfo, TABLES), "pgbench": row_bytes(server.conninfo("bench_pgbench"), PGBENCH)}
        seen["copy"].append(copy_from(server, make(server, "bench_copy", bare_schema()), "bulk"))
        seen["server"].append(copy_from(server, make(server, "bench_copy", bare_schema()), "slices", loaders()))
        seen["reachable"].append(1 / (1 / seen["server"][-1] + drawing / loaders()))
        _say("bulk", number, {name: values[-1] for name, values in seen.items()})
    print(f"bytes per row in the table: ours {widths['ours']:.0f}, pgbench {widths['pgbench']:.0f}", flush=True)
    return _medians(seen) | {f"{name}_row_bytes": width for name, width in widths.items()}


def indexed(server: Server, held: int, tenants: int, rounds: int) -> dict[str, float]:
    """A growth step into tables with their indexes and foreign keys in place: ours, and COPY FROM of the same rows."""
    seen: dict[str, list[float]] = {"ours": [], "copy": []}
    ours(make(server, "bench_held", SCHEMA), held)
    for number in range(rounds + 1):
        grown = server.create("bench_grown", "bench_held")
        seen["ours"].append(ours(grown, tenants))
        if number == 0:
            dump(server, grown, "indexed", f"WHERE {{key}} > {held}")
        seen["copy"].append(copy_from(server, server.create("bench_copied", "bench_held"), "indexed"))
        _say("indexed", number, {name: values[-1] for name, values in seen.items()})
    return _medians(seen)


def _rows(tenants: int) -> int:
    return sum(tenant.rows for tenant in tenants_of(LAB, tenants, 1))


def _medians(seen: dict[str, list[float]]) -> dict[str, float]:
    """Of each rate but the first, and of ours over each other of its round: the machine is not always as fast."""
    rounds = {name: values[1:] for name, values in seen.items()}
    over = {
        f"over_{name}": median(ours / other for ours, other in zip(rounds["ours"], values, strict=True))
        for name, values in rounds.items()
    }
    return over | {name: median(values) for name, values in rounds.items()}


def peak(server: Server, tenants: int) -> float:
    """The largest resident memory of a process that seeds from nothing, in MB."""
    conninfo = make(server, "bench_peak", bare_schema())
    done = subprocess.run([sys.executable, "-c", _CHILD, conninfo, str(tenants)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    print(f"peak memory at {tenants:>7,} tenants: {float(done.stdout):,.0f} MB", flush=True)
    return float(done.stdout)


def whole(server: Server, tenants: int) -> float:
    """Seconds for the lab from nothing to so many tenants, indexes, foreign keys, statistics and all."""
    growth = grow(LAB, make(server, "bench_whole", SCHEMA), tenants, 1, quiet)
    print(
        f"{tenants:,} tenants, {growth.rows_added:,} rows with all that belongs to them: {growth.seconds:.1f} s",
        flush=True,
    )
    return growth.seconds


def _say(what: str, number: int, rates: dict[str, float]) -> None:
    texts = ", ".join(f"{name} {rate / 1e6:.2f}" for name, rate in rates.items())
    print(f"{what} {'warm-up' if number == 0 else f'round {number}'}: {texts} million rows/s", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--tenants", type=int, default=10_000)
    arguments.add_argument("--levels", default="1000,10000,30000", help="at which peak memory is measured")
    arguments.add_argument("--kills", type=int, default=10)
    arguments.add_argument("--only", choices=_PARTS, nargs="+", default=list(_PARTS), help="parts of it")
    chosen = arguments.parse_args()
    settings = ("autovacuum=off", "checkpoint_timeout=1h", "max_wal_size=16GB")
    figures: dict[str, float] = {}
    with postgres(*settings) as server:
        for name in chosen.only:
            started = time.monotonic()
            figures |= _PARTS[name](server, chosen)
            print(f"{name}: measured in {time.monotonic() - started:.0f} s", flush=True)
    said = {"bench": "seed", "figures": figures, "goals": _judged(figures), "beyond": _beyond(figures)}
    print(json.dumps(said))


def _peaks(server: Server, chosen: argparse.Namespace) -> dict[str, float]:
    peaks = [peak(server, int(level)) for level in chosen.levels.split(",")]
    return {"peak_mb": max(peaks), "peak_ratio": round(max(peaks) / min(peaks), 3)}


def _kills(server: Server, chosen: argparse.Namespace) -> dict[str, float]:
    times, equal = kills(server, 3000, chosen.kills, seed=os.getpid())
    print(f"killed {times} times and resumed: {'the same' if equal else 'NOT the same'} as undisturbed")
    return {"kills_resumed_equal": times if equal else 0}


def _loads(server: Server, chosen: argparse.Namespace) -> dict[str, float]:
    free = bulk(server, chosen.tenants, chosen.rounds)
    step = indexed(server, 3000, 3500, chosen.rounds)
    figures = {f"{name}_rows_per_s": round(free[name]) for name in ("pgbench", "copy", "server", "reachable")}
    return figures | {
        "bulk_rows_per_s": round(free["ours"]),
        "row_bytes": round(free["ours_row_bytes"]),
        "pgbench_row_bytes": round(free["pgbench_row_bytes"]),
        "indexed_rows_per_s": round(step["ours"]),
        "indexed_copy_rows_per_s": round(step["copy"]),
        **{f"bulk_over_{name}": round(free[f"over_{name}"], 3) for name in ("pgbench", "copy", "server", "reachable")},
        "indexed_over_copy": round(step["over_copy"], 3),
        "ten_thousand_tenants_s": round(whole(server, 10_000), 1),
    }


_PARTS: dict[str, Callable[[Server, argparse.Namespace], dict[str, float]]] = {
    "loads": _loads,
    "encoders": lambda server, chosen: encoder_figures(server, _ENCODED, chosen.rounds + 2),
    "peak": _peaks,
    "multiply": lambda server, chosen: multiply_figures(server, chosen.rounds),
    "kills": _kills,
}


def _judged(figures: dict[str, float]) -> dict[str, tuple[float, bool]]:
    return {
        name: (wanted, figures[name] >= wanted if sense == "at least" else figures[name] <= wanted)
        for name, (wanted, sense) in _GOALS.items()
        if name in figures
    }


def _beyond(figures: dict[str, float]) -> dict[str, str]:
    """The goals that are out of reach on this machine, and why."""
    found = {}
    limit = figures.get("reachable_rows_per_s", 1) / figures.get("pgbench_rows_per_s", 1)
    if loaders() >= (os.cpu_count() or 1) and limit < _GOALS["bulk_over_pgbench"][0]:
        found["bulk_over_pgbench"] = f"{limit:.2f} if no processor ever waited: the server takes the rest for our rows"
    for name, (wanted, _) in _GOALS.items():
        if not name.startswith("multiply") or not name.endswith("_rows_per_s"):
            continue  # a ratio to the server is no rate of the server
        alone = figures.get(name.replace("_rows_per_s", "_server_rows_per_s"), wanted)
        if alone < wanted:
            found[name] = f"{alone:,.0f} is what the server reaches alone, for the same rows, indexes and foreign keys"
    return found


if __name__ == "__main__":
    main()
