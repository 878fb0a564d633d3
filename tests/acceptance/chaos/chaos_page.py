"""docs/chaos.md, made from what was seen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.acceptance.chaos.commands import COMMANDS, MOMENTS
from tests.acceptance.chaos.found import FAULTS


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a pair; the fields are those of `pair.Seen`."""

    fault: str
    command: str
    moment: str
    expected: str
    exit: int | None
    outcome: str
    said: str
    lost: str
    told: list[str]
    stayed: list[str]
    deviations: list[str]
    quiet_s: float | None
    seconds: float


_HEAD = """# Chaos

What goes wrong in the middle of a command, what comes of it, what is lost and what stays behind. This page is written
by `make chaos` from what it saw; each row's expectation was stated beforehand (`tests/acceptance/chaos/faults/`, one
file per fault), and a row that came to anything else is marked and makes the command end with 1.

The pairs are chosen so that every fault meets each command that it can strike and each moment, and every command each
moment. The commands are real ones: `rampart seed`, `ramp` and `confirm` against a small product on Postgres and Valkey
that misbehaves when it is told to, and `ramp` of the lab (`lab`). After each, these are looked for: processes and their
ports, sessions and advisory locks in Postgres, tables, indexes, keys, triggers, functions, roles, replication slots and
prepared transactions that are new or gone, temporary files, locks of this machine, half-written files of the run.

*Lost* compares the rows of the run with the exchanges that the product ended: a recorder writes once a second, so that
a kill may cost the last batch; answers that were on their way when users were ended (at most 60) are not counted. For a
seeding it compares rows and definitions with those of one that nobody disturbed. *Told* is what stayed and was said, by
the command or by `rampart doctor`, with the command that took it back here. Nothing may stay that nobody says.

Exit 4 with `invalid` stands for a machine that others loaded meanwhile: the run says so itself, whatever else it saw.
"""


Cells = tuple[str, ...]
_COLUMNS = ("fault", "command", "moment", "expected", "came to", "lost", "stayed, and told", "stayed, untold")
_MARK = "**deviates: "


def page(rows: Sequence[Cells], runs: Sequence[str]) -> str:
    """The whole page; `runs` are the lines that say when and with what the rows were seen."""
    ordered = sorted(rows, key=lambda row: (row[0], row[1], MOMENTS.index(row[2])))
    table = [f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    table += [f"| {' | '.join(row)} |" for row in ordered]
    return "\n".join([_HEAD, *runs, "", *table, "", "## Faults and moments", "", *_words(), ""])


def ran(what: str, rows: Sequence[Cells], commit: str, minutes: float, jobs: int) -> str:
    """One line of `runs`."""
    bad = sum(map(deviates, rows))
    came = "all came to what was expected" if not bad else f"{bad} came to something else, and are marked"
    when = time.strftime("%Y-%m-%d", time.gmtime())
    return f"* {when}, commit {commit}: {what}, {jobs} at a time, {minutes:.0f} minutes; {came}."


def read_page(text: str) -> tuple[list[Cells], list[str]]:
    """The rows and the runs of a page."""
    lines = text.splitlines()
    start = lines.index(f"| {' | '.join(_COLUMNS)} |")
    rows = [tuple(line[2:-2].split(" | ")) for line in lines[start + 2 : lines.index("## Faults and moments") - 1]]
    return rows, [line for line in lines[:start] if line.startswith("* ")]


def deviates(row: Cells) -> bool:
    return row[4].startswith(_MARK)


def cells(row: Row) -> Cells:
    """A row as the table has it."""
    ends = (", ".join(row.told) or "–", ", ".join(row.stayed) or "nothing")
    texts = (row.fault, row.command, row.moment, row.expected, _came(row), row.lost or "–", *ends)
    return tuple(text.replace("|", "∣").replace("\n", " ") for text in texts)


def _came(row: Row) -> str:
    ended = "killed" if row.exit is not None and row.exit < 0 else f"exit {row.exit}"
    quiet = "" if row.quiet_s is None else f"last request after {row.quiet_s:.1f} s"
    parts = [row.outcome, ended, quiet]
    if row.deviations:
        parts.insert(0, f"{_MARK}{'; '.join(row.deviations)}**")
    return ", ".join(part for part in parts if part)


def _words() -> list[str]:
    lines = [f"* **{fault.name}**: {fault.summary}." for fault in FAULTS.values()]
    lines += ["", "| command | early | middle | late |", "|---|---|---|---|"]
    for command in COMMANDS.values():
        lines.append(f"| {command.name} | {' | '.join(command.moments[moment][0] for moment in MOMENTS)} |")
    return lines
