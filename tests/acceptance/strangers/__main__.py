"""`make strangers`: each system brought up, ramped through the command line, and what was named in it."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.acceptance.strangers.cases import CASES, Case
from tests.acceptance.strangers.serving import served


def ramped(case: Case, runs: Path, minutes: float) -> dict[str, Any]:
    """The verdict of one ramp of a system brought up for it; {} where there is none."""
    with tempfile.TemporaryDirectory(prefix="rampart-stranger-") as scratch:
        folder = Path(scratch)
        with served(case, folder) as (target, environment):
            command = [sys.executable, "-m", "commands.main", "ramp", "--target", str(target), "--quick"]
            command += ["--minutes", str(minutes), "--runs", str(runs / case.name)]
            known = {**os.environ, **environment}
            done = subprocess.run(command, env=known, capture_output=True, text=True, check=False)
        (runs / f"{case.name}.log").write_text(done.stdout + done.stderr + (folder / "served.log").read_text()[-5000:])
    found = sorted((runs / case.name).glob("*/verdict.json"))
    return dict(json.loads(found[-1].read_text())) if found else {}


def right(case: Case, verdict: dict[str, Any]) -> bool:
    """Whether what must be named is first, and about what it must be about."""
    first = verdict.get("first") or {}
    return first.get("id") == case.wanted and case.about in str(first.get("resource"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[case.name for case in CASES], action="append", help="these alone")
    parser.add_argument("--minutes", type=float, default=2.5, help="for each ramp (2.5)")
    parser.add_argument("--runs", type=Path, default=Path("runs/strangers"), help="keeps the runs (runs/strangers)")
    options = parser.parse_args()
    options.runs.mkdir(parents=True, exist_ok=True)
    chosen = [case for case in CASES if not options.only or case.name in options.only]
    count = 0
    for case in chosen:
        verdict = ramped(case, options.runs, options.minutes)
        good = right(case, verdict)
        count += good
        print(f"{'right' if good else 'WRONG'}  {case.name}  wanted {case.wanted}", flush=True)
        print(f"   {verdict.get('sentence', 'no verdict: see ' + case.name + '.log')}", flush=True)
    figures = {"named_right": count, "systems": len(chosen)}
    goals = {"named_right": [len(chosen), count == len(chosen)]}
    print(json.dumps({"bench": "strangers", "figures": figures, "goals": goals}))
    return 0 if count == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
