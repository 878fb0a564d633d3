"""docs/chaos.md, made from what was seen."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tests.acceptance.chaos.commands import COMMANDS, MOMENTS
from tests.acceptance.chaos.found import FAULTS
from tests.acceptance.chaos.seen import Seen

_HEAD = """# Chaos

A fault strikes in the middle of a command. The table shows what the command then did, what was lost, and what it left
behind. `make chaos` runs the pairs and writes this page; nothing on it is written by hand. Each expectation comes from
the fault's file in `tests/acceptance/chaos/faults/`. A row with any other result is marked **deviates**, and `make
chaos` then exits with 1.

Every fault meets every command that it can strike and every moment; every command meets every moment. The commands are
real: `rampart seed`, `ramp` and `confirm` against a small product on Postgres and Valkey, and `ramp` of the built-in
lab (`lab`). After each command the test looks for

* processes and the ports that they listen on,
* sessions and advisory locks in Postgres,
* tables, indexes, keys, triggers, functions, roles, replication slots and prepared transactions that are new or gone,
* temporary files, locks on this machine, and half-written files of the run.

**Expected** gives the exit codes that are allowed. **Result** gives how the run ended (`outcome` in `run.json`), the
outcome of its verdict, and the exit code. Pairs run side by side, so a run that goes on may find that other pairs
disturbed it: its verdict is then `invalid`, with exit code 4.

**Lost** compares the rows of the run with the answers that the product sent. A recorder writes once a second, so a kill
may lose the last batch. Up to 60 answers in flight when the users stop are not counted. Nor are requests whose
connection the product closed. For `seed`, it compares rows and definitions with those of an undisturbed growth.

**Left behind** is what the command or `rampart doctor` reported, with the command that then removed it. What nobody
reported is in the last column and counts as a deviation.

## Runs

"""


Cells = tuple[str, ...]
_COLUMNS = (
    "fault",
    "command",
    "moment",
    "expected",
    "result",
    "lost",
    "left behind, reported",
    "left behind, unreported",
)
_MARK = "**deviates: "


def page(rows: Sequence[Cells], runs: Sequence[str]) -> str:
    """The whole page; `runs` are the lines that say when and with what the rows were seen."""
    ordered = sorted(rows, key=lambda row: (row[0], row[1], MOMENTS.index(row[2])))
    table = [f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    table += [f"| {' | '.join(row)} |" for row in ordered]
    return "\n".join(
        [_HEAD + "\n".join(runs), "", "## Results", "", *table, "", "## Faults and moments", "", *_words(), ""]
    )


def ran(what: str, rows: Sequence[Cells], commit: str, minutes: float, jobs: int) -> str:
    """One line of `runs`."""
    bad = sum(map(deviates, rows))
    came = "all as expected" if not bad else f"{bad} deviate"
    when = time.strftime("%Y-%m-%d", time.gmtime())
    return f"* {when}, commit {commit}: {what}, {jobs} at a time, {minutes:.0f} minutes; {came}."


def read_page(text: str) -> tuple[list[Cells], list[str]]:
    """The rows and the runs of a page."""
    lines = text.splitlines()
    start = lines.index(f"| {' | '.join(_COLUMNS)} |")
    rows = [tuple(line[2:-2].split(" | ")) for line in lines[start + 2 : lines.index("## Faults and moments") - 1]]
    return rows, [line for line in lines[lines.index("## Runs") : start] if line.startswith("* ")]


def deviates(row: Cells) -> bool:
    return row[4].startswith(_MARK)


def cells(row: Seen) -> Cells:
    """A row as the table has it."""
    ends = (", ".join(row.told) or "–", ", ".join(row.stayed) or "nothing")
    texts = (row.fault, row.command, row.moment, row.expected, _came(row), row.lost or "–", *ends)
    return tuple(text.replace("|", "∣").replace("\n", " ") for text in texts)


def _came(row: Seen) -> str:
    ended = "killed" if row.killed else f"exit {row.exit}"
    verdict = f"`{row.verdict}`" if row.verdict else ""
    quiet = "" if row.quiet_s is None else f"last request after {row.quiet_s:.1f} s"
    parts = [row.ended, verdict, ended, quiet]
    if row.deviations:
        parts.insert(0, f"{_MARK}{'; '.join(row.deviations)}**")
    return ", ".join(part for part in parts if part)


def _words() -> list[str]:
    lines = [f"* **{fault.name}**: {fault.summary}." for fault in FAULTS.values()]
    lines += ["", "| command | early | middle | late |", "|---|---|---|---|"]
    for command in COMMANDS.values():
        lines.append(f"| {command.name} | {' | '.join(command.moments[moment][0] for moment in MOMENTS)} |")
    return lines
