"""How fast, small and safe seeding is, beside pgbench and COPY on the same server: `python -m benchmarks.seed`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from statistics import median

from benchmarks._seed_kills import kills
from benchmarks._seed_multiply import multiply_rows_per_s
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
from seeders.grow import grow

_CHILD = """
import sys
from benchmarks._peak import peak_mb
from seeders.grow import find, grow
grow(find("lab"), sys.argv[1], int(sys.argv[2]), 1, lambda fraction, text: None)
print(round(peak_mb()))
"""
# From issue 5; what is wanted of each figure, and whether it is a floor or a ceiling.
_GOALS = {
    "bulk_over_pgbench": (1.0, "at least"),
    "bulk_over_copy": (0.9, "at least"),
    "indexed_over_copy": (0.8, "at least"),
    "peak_mb": (200.0, "at most"),
    "peak_ratio": (1.1, "at most"),
    "kills_resumed_equal": (10.0, "at least"),
    "multiply_lab_rows_per_s": (200_000.0, "at least"),
    "multiply_desk_rows_per_s": (200_000.0, "at least"),
    "multiply_shop_rows_per_s": (200_000.0, "at least"),
    "multiply_books_rows_per_s": (200_000.0, "at least"),
}


def bulk(server: Server, tenants: int, rounds: int) -> dict[str, float]:
    """Into empty tables without indexes: ours, pgbench (as many rows) and COPY FROM in turn.

    Rows are compared as they come: one of ours has 4 to 11 columns and one of pgbench 4, of about the same bytes.
    """
    seen: dict[str, list[float]] = {"ours": [], "pgbench": [], "copy": []}
    shutil.rmtree(server.scratch / "bulk", ignore_errors=True)
    for number in range(rounds + 1):
        conninfo = make(server, "bench_ours", bare_schema())
        seen["ours"].append(ours(conninfo, tenants))
        if number == 0:
            dump(server, conninfo, "bulk")
        seen["pgbench"].append(pgbench(server, max(1, tenants // 200)))
        widths = {"ours": row_bytes(conninfo, TABLES), "pgbench": row_bytes(server.conninfo("bench_pgbench"), PGBENCH)}
        seen["copy"].append(copy_from(server, make(server, "bench_copy", bare_schema()), "bulk"))
        _say("bulk", number, {name: values[-1] for name, values in seen.items()})
    print(f"bytes per row in the table: ours {widths['ours']:.0f}, pgbench {widths['pgbench']:.0f}", flush=True)
    rates = {name: median(values[1:]) for name, values in seen.items()}
    return rates | {f"{name}_row_bytes": width for name, width in widths.items()}


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
    return {name: median(values[1:]) for name, values in seen.items()}


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
    chosen = arguments.parse_args()
    settings = ("autovacuum=off", "checkpoint_timeout=1h", "max_wal_size=16GB")
    with postgres(*settings) as server:
        free = bulk(server, chosen.tenants, chosen.rounds)
        step = indexed(server, 3000, 3500, chosen.rounds)
        seconds = whole(server, 10_000)
        peaks = [peak(server, int(level)) for level in chosen.levels.split(",")]
        copied = multiply_rows_per_s(server, chosen.rounds)
        times, equal = kills(server, 3000, chosen.kills, seed=os.getpid())
    print(f"killed {times} times and resumed: {'the same' if equal else 'NOT the same'} as undisturbed")
    figures = {
        "bulk_rows_per_s": round(free["ours"]),
        "pgbench_rows_per_s": round(free["pgbench"]),
        "copy_rows_per_s": round(free["copy"]),
        "row_bytes": round(free["ours_row_bytes"]),
        "pgbench_row_bytes": round(free["pgbench_row_bytes"]),
        "indexed_rows_per_s": round(step["ours"]),
        "indexed_copy_rows_per_s": round(step["copy"]),
        "bulk_over_pgbench": round(free["ours"] / free["pgbench"], 3),
        "bulk_over_copy": round(free["ours"] / free["copy"], 3),
        "indexed_over_copy": round(step["ours"] / step["copy"], 3),
        "ten_thousand_tenants_s": round(seconds, 1),
        "peak_mb": max(peaks),
        "peak_ratio": round(max(peaks) / min(peaks), 3),
        "kills_resumed_equal": times if equal else 0,
        **{f"multiply_{name}_rows_per_s": round(rate) for name, rate in copied.items()},
    }
    print(json.dumps({"bench": "seed", "figures": figures, "goals": _judged(figures)}))


def _judged(figures: dict[str, float]) -> dict[str, tuple[float, bool]]:
    return {
        name: (wanted, figures[name] >= wanted if sense == "at least" else figures[name] <= wanted)
        for name, (wanted, sense) in _GOALS.items()
        if name in figures
    }


if __name__ == "__main__":
    main()
