"""`make chaos`: every pair of the covering set, some at a time; the table of what was seen goes to docs/chaos.md.

`make chaos ARGS='--only hang'` tries one fault and writes nothing; with `--again` the pairs that deviated in the page
are tried once more, and their rows replaced. It ends with 1 if any pair came to what was not expected, and it takes at
most 45 minutes: pairs that are left then count as deviations.
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
from tests.acceptance.chaos.chaos_page import Cells, cells, deviates, page, ran, read_page
from tests.acceptance.chaos.covering import Pair
from tests.acceptance.chaos.found import FAULTS, all_pairs
from tests.acceptance.chaos.seen import Seen

_PAIR_S, _WHOLE_S = 480.0, 45 * 60.0
_LONGEST_FIRST = ("confirm", "lab", "ramp", "seed")


def tried(pair: Pair, ends_at: float) -> Seen:
    """What came of a pair, in a process of its own."""
    seen = Seen(*pair, FAULTS[pair[0]].of(*pair[1:]).shown, lost="?")
    left = min(_PAIR_S, ends_at - time.monotonic())
    if left <= 0:
        seen.deviations.append("not tried: the 45 minutes are over")
        return seen
    command = [sys.executable, "-m", "tests.acceptance.chaos.pair", *pair]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=left, check=False)
        row = Seen(**json.loads(done.stdout.splitlines()[-1]))
    except (subprocess.TimeoutExpired, ValueError, IndexError) as error:
        said = getattr(error, "stderr", None) or (done.stderr if "done" in locals() else "")
        seen.deviations.append(f"the pair itself failed: {type(error).__name__}: {str(said)[-300:]}")
        return seen
    if row.deviations:
        print(done.stderr[-4000:], file=sys.stderr)
    return row


def line(row: Seen) -> str:
    """One row on the terminal."""
    mark = "DEVIATES " + "; ".join(row.deviations) if row.deviations else "as expected"
    return f"{row.fault:<18} {row.command:<8} {row.moment:<7} exit {row.exit!s:<4} {row.seconds:5.0f} s  {mark}"


def chosen(only: str | None, again: bool, page_file: Path) -> list[Pair]:
    """The pairs to try, the longest first."""
    pairs = [pair for pair in all_pairs() if only in (None, pair[0])]
    if again:
        seen, _ = read_page(page_file.read_text())
        well = {row[:3] for row in seen if not deviates(row)}
        pairs = [pair for pair in pairs if pair not in well]
    if os.geteuid() != 0:  # a small disk can be mounted by root alone
        pairs = [pair for pair in pairs if pair[0] != "disk full"]
        print("disk full is not tried: only root may mount a small disk")
    return sorted(pairs, key=lambda pair: _LONGEST_FIRST.index(pair[1]))


def write(page_file: Path, rows: list[Cells], again: bool, minutes: float, jobs: int) -> None:
    """Write the page: all rows anew, or some in the place of those that were there."""
    kept, runs = read_page(page_file.read_text()) if again else ([], [])
    tried_now = {row[:3] for row in rows}
    what = f"{len(rows)} pairs" + (" that had deviated, again" if again else "")
    runs.append(ran(what, rows, commit(), minutes, jobs))
    page_file.write_text(page([*(row for row in kept if row[:3] not in tried_now), *rows], runs))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(FAULTS), help="one fault; nothing is written")
    parser.add_argument("--again", action="store_true", help="the pairs that deviated in the page, and no others")
    parser.add_argument("--jobs", type=int, default=2, help="pairs at a time (2)")
    options = parser.parse_args()
    began, root = time.monotonic(), checkout()
    assert root is not None
    page_file = root / "docs" / "chaos.md"
    rows = []
    with ThreadPoolExecutor(options.jobs) as threads:
        pairs = chosen(options.only, options.again, page_file)
        for row in threads.map(lambda pair: tried(pair, began + _WHOLE_S), pairs):
            rows.append(row)
            print(line(row), flush=True)
    minutes, deviating = (time.monotonic() - began) / 60, sum(bool(row.deviations) for row in rows)
    if options.only is None:
        write(page_file, list(map(cells, rows)), options.again, minutes, options.jobs)
    figures = {"pairs": len(rows), "deviating": deviating, "minutes": round(minutes, 1)}
    goals = {"deviating": [0, deviating == 0], "minutes": [45, minutes <= 45]}
    print(json.dumps({"bench": "chaos", "figures": figures, "goals": goals}))
    return 1 if deviating or minutes > 45 else 0


if __name__ == "__main__":
    sys.exit(main())
