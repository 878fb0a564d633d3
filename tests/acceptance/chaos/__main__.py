"""`make chaos`: every pair of the covering set, some at a time; the table of what was seen goes to docs/chaos.md.

`make chaos ARGS='--only hang'` tries one fault and writes nothing. It ends with 1 if any pair came to what was not
expected, and it takes at most 45 minutes: pairs that are left then count as deviations.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rampart.shipped import checkout
from tests.acceptance.__main__ import commit
from tests.acceptance.chaos.chaos_page import Row, page
from tests.acceptance.chaos.covering import Pair
from tests.acceptance.chaos.found import FAULTS, all_pairs

_PAIR_S, _WHOLE_S = 480.0, 45 * 60.0
_LONGEST_FIRST = ("confirm", "lab", "ramp", "seed")


def tried(pair: Pair, ends_at: float) -> Row:
    """What came of a pair, in a process of its own."""
    seen = {**dict.fromkeys(("exit", "quiet_s"), None), "seconds": 0.0, "told": [], "stayed": []}
    seen |= dict(zip(("fault", "command", "moment"), pair, strict=True)) | {"outcome": "", "said": "", "lost": "?"}
    seen["expected"] = FAULTS[pair[0]].of(*pair[1:]).shown
    left = min(_PAIR_S, ends_at - time.monotonic())
    if left <= 0:
        return Row(**seen, deviations=["not tried: the 45 minutes are over"])
    command = [sys.executable, "-m", "tests.acceptance.chaos.pair", *pair]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=left, check=False)
        row = Row(**json.loads(done.stdout.splitlines()[-1]))
    except (subprocess.TimeoutExpired, ValueError, IndexError) as error:
        said = getattr(error, "stderr", None) or (done.stderr if "done" in locals() else "")
        return Row(**seen, deviations=[f"the pair itself failed: {type(error).__name__}: {str(said)[-300:]}"])
    if row.deviations:
        print(done.stderr[-4000:], file=sys.stderr)
    return row


def line(row: Row) -> str:
    """One row on the terminal."""
    mark = "DEVIATES " + "; ".join(row.deviations) if row.deviations else "as expected"
    return f"{row.fault:<18} {row.command:<8} {row.moment:<7} exit {row.exit!s:<4} {row.seconds:5.0f} s  {mark}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(FAULTS), help="one fault; nothing is written")
    parser.add_argument("--jobs", type=int, default=2, help="pairs at a time (2)")
    options = parser.parse_args()
    began = time.monotonic()
    chosen = [pair for pair in all_pairs() if options.only in (None, pair[0])]
    if os.geteuid() != 0:  # a small disk can be mounted by root alone
        chosen = [pair for pair in chosen if pair[0] != "disk full"]
        print("disk full is not tried: only root may mount a small disk")
    chosen.sort(key=lambda pair: _LONGEST_FIRST.index(pair[1]))
    rows = []
    with ThreadPoolExecutor(options.jobs) as threads:
        for row in threads.map(lambda pair: tried(pair, began + _WHOLE_S), chosen):
            rows.append(row)
            print(line(row), flush=True)
    minutes, deviating = (time.monotonic() - began) / 60, sum(bool(row.deviations) for row in rows)
    if options.only is None:
        root = checkout()
        assert root is not None
        text = page(rows, commit(), minutes, options.jobs)
        Path(root / "docs" / "chaos.md").write_text(text)
    figures = {"pairs": len(rows), "deviating": deviating, "minutes": round(minutes, 1)}
    goals = {"deviating": [0, deviating == 0], "minutes": [45, minutes <= 45]}
    print(json.dumps({"bench": "chaos", "figures": figures, "goals": goals}))
    return 1 if deviating or minutes > 45 else 0


if __name__ == "__main__":
    sys.exit(main())
