"""Each flaw of the profile `young`, ramped through the command line and named blind, so many times over.

The other flaws are the flaw bank's, which has what they need: accidents, other loads, and violations as answers.
`make acceptance` runs it after the long tests; `make acceptance ARGS='--times 1 --only n-plus-one'` runs a part of it
alone. Every run is a fresh lab.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from lab.profiles import FLAWS, young


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table: what is planted, at which level it bites, and what must be said."""

    flaws: str
    tenants: int
    wanted: str  # finding id, or the outcome for the healthy lab


# What nearly every young system has, each at its own level, and the healthy lab.
CASES = [
    *(Case(one.name, one.tenants, one.finding) for one in (FLAWS[name.partition(":")[0]] for name in young)),
    Case("none", 1000, "not_reached"),
]


def ramp(case: Case, runs: Path) -> tuple[dict[str, object], float, int]:
    """One quick ramp; the verdict, its seconds, its exit code."""
    began = time.monotonic()
    command = [sys.executable, "-m", "commands.main", "ramp", "--quick", "--minutes", "2.5", "--runs", str(runs)]
    command += ["--flaws", case.flaws, "--tenants", str(case.tenants)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    folder = max(runs.iterdir(), key=lambda f: f.stat().st_mtime)
    verdict = json.loads((folder / "verdict.json").read_text())
    if done.returncode not in (0, 4):
        print(done.stdout[-2000:], done.stderr[-2000:])
    return verdict, time.monotonic() - began, done.returncode


def said(verdict: dict[str, object]) -> str:
    """The first bottleneck's id, or the outcome where none is named."""
    first = verdict.get("first")
    return str(first["id"]) if isinstance(first, dict) else str(verdict["outcome"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--only", choices=[case.flaws for case in CASES], help="one of them; none: the healthy lab")
    parser.add_argument("--runs", type=Path, help="keep the runs here")
    options = parser.parse_args()
    runs = options.runs or Path(tempfile.mkdtemp(prefix="rampart-acceptance-"))
    runs.mkdir(parents=True, exist_ok=True)
    chosen = [case for case in CASES if options.only in (None, case.flaws)]
    right = total = 0
    # Flaws in turn, not one three times running: what the machine does for a while must not hit one flaw alone.
    for number in range(options.times):
        for case in chosen:
            verdict, seconds, code = ramp(case, runs)
            name = said(verdict)
            right, total = right + (name == case.wanted), total + 1
            mark = "right" if name == case.wanted else "WRONG"
            head = f"{number + 1}  {case.flaws:<14} {case.tenants:>6} tenants  {mark}  {name:<16}"
            print(f"{head} {seconds:4.0f} s  exit {code}")
            print(f"   {verdict['sentence']}", flush=True)
    figures = {"named_right": right, "runs": total}
    print(json.dumps({"bench": "acceptance", "figures": figures, "goals": {"named_right": [total, right == total]}}))
    return 0 if right == total else 1


if __name__ == "__main__":
    sys.exit(main())
