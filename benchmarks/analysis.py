"""How long a recorded hour takes to judge: `python -m benchmarks.analysis [--rows 36000000] [--old CHECKOUT]`.

The floor is what pyarrow takes, with its own threads, to read the used columns of the same files and nothing else.
Floor and analysis are measured in turn, each in a process of its own, on the tables as they are when a run has ended
(large batches). Beside them: the analysis of the tables as they are while a run lasts (28,800 batches of a second),
that of a tenth of the requests, and that of another checkout, on files such as its recorder wrote (zstd).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

import pyarrow as pa

from analysis.record.request_blocks import COLUMNS
from analysis.verdict.analyse import analyse
from benchmarks._analysis_recording import record
from benchmarks._peak import peak_mb
from rampart.model import JSON
from rampart.runs import Run
from rampart.tables import READINGS

_ROUNDS = 3
_RATIO, _MEGABYTES = 2.5, 400  # the goals


def floor(folder: Path) -> None:
    """Read what the analysis reads, and do nothing with it."""
    for path in sorted(folder.glob("requests-*.arrow")):
        _read(path, COLUMNS)
    for path in sorted(folder.glob("readings-*.arrow")):
        _read(path, READINGS.names)


def _read(path: Path, columns: Collection[str]) -> None:
    with pa.OSFile(str(path)) as file:
        names = pa.ipc.read_schema(file).names
        file.seek(0)
        options = pa.ipc.IpcReadOptions(included_fields=[n for n, name in enumerate(names) if name in columns])
        for _ in pa.ipc.open_stream(file, options=options):
            pass


def in_this_process(step: str, folder: Path) -> JSON:
    wall, cpu = time.perf_counter(), time.process_time()
    floor(folder) if step == "floor" else analyse(Run.open(folder))
    return {
        "seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "megabytes": peak_mb(),
    }


def measured(step: str, folder: Path, checkout: Path | None = None) -> JSON:
    """Seconds and peak megabytes of a step in a process of its own, of this checkout or of another one."""
    python = sys.executable if checkout is None else str(checkout.resolve() / ".venv/bin/python")
    done = subprocess.run(
        [python, "-m", "benchmarks.analysis", f"--{step}", str(folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=checkout,
    )
    figures: JSON = json.loads(done.stdout)
    return figures


def in_turn(folder: Path) -> JSON:
    """Floor and analysis in turn; the ratio is the median of the rounds, the rest the best of each."""
    rounds = [(measured("floor", folder), measured("analyse", folder)) for _ in range(_ROUNDS)]
    floors, ours = zip(*rounds, strict=True)
    return {
        "seconds": min(one["seconds"] for one in ours),
        "floor_seconds": min(one["seconds"] for one in floors),
        "ratio": statistics.median(b["seconds"] / a["seconds"] for a, b in rounds),
        "cpu_seconds": min(one["cpu_seconds"] for one in ours),
        "floor_cpu_seconds": min(one["cpu_seconds"] for one in floors),
        "cpu_ratio": statistics.median(b["cpu_seconds"] / a["cpu_seconds"] for a, b in rounds),
        "megabytes": max(one["megabytes"] for one in ours),
    }


def figures_of(parent: Path, rows: int, old: Path | None) -> JSON:
    """All figures."""
    figures: JSON = {"rows": rows}
    if old is not None:
        before = measured("analyse", record(parent, rows, "zstd").folder, old)
        figures |= {f"old_{name}": before[name] for name in ("seconds", "megabytes")}
    small, large = record(parent, rows // 10), record(parent, rows)
    raw = measured("analyse", large.folder)
    figures |= {f"raw_{name}": value for name, value in raw.items()}
    began = time.perf_counter()
    for run in (small, large):
        run.end("complete")
    figures["rewriting_seconds"] = time.perf_counter() - began
    tenth = measured("analyse", small.folder)
    figures |= {f"tenth_{name}": value for name, value in tenth.items()}
    return {name: round(value, 2) for name, value in {**figures, **in_turn(large.folder)}.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=36_000_000)
    parser.add_argument(
        "--old", type=Path, help="another checkout with its environment, to be measured beside this one"
    )
    parser.add_argument("--analyse", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if folder := options.analyse or options.floor:
        print(json.dumps(in_this_process("analyse" if options.analyse else "floor", folder)))
        return 0
    with tempfile.TemporaryDirectory(prefix="rampart-bench-") as parent:
        print(f"recording {options.rows:,} requests and a tenth of them", flush=True)
        figures = figures_of(Path(parent), options.rows, options.old)
    for name, value in figures.items():
        print(f"  {name:<18} {value:,}")
    goals: dict[str, tuple[float, bool]] = {
        "ratio": (_RATIO, figures["ratio"] <= _RATIO),
        "megabytes": (_MEGABYTES, figures["megabytes"] < _MEGABYTES),
        "raw_megabytes": (_MEGABYTES, figures["raw_megabytes"] < _MEGABYTES),
        "memory_over_a_tenth": (1.3, figures["megabytes"] < 1.3 * figures["tenth_megabytes"]),
    }
    print(json.dumps({"bench": "analysis", "figures": figures, "goals": goals}))
    return 0 if all(held for _, held in goals.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
