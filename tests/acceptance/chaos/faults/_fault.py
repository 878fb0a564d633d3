"""What a fault is: how it strikes, which commands it can strike, and what must come of it, stated beforehand."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.chaos.system import System

BOTH, ALL, EVERY = ("ramp", "confirm"), ("seed", "ramp", "confirm"), ("seed", "ramp", "confirm", "lab")
JUDGED = ("bottleneck", "not_reached", "inconclusive")
# Where other pairs load the machine, the run itself reports that it cannot be trusted: exit 4.
BUSY = ("invalid", "generator_limited")


@dataclass(frozen=True, slots=True)
class Struck:
    """What is struck."""

    system: System
    process: subprocess.Popen[bytes]  # the command
    disk: Path  # a small one, where that is what is struck


@dataclass(frozen=True, slots=True)
class Expected:
    """How a command must end."""

    exits: tuple[int, ...]
    outcomes: tuple[str, ...] = ()  # of the verdict; empty: any, or none
    ended: tuple[str, ...] = ()  # `outcome` in run.json; empty: any
    says: str = ""  # a pattern that its output contains
    in_words: str = ""  # for the table; empty: made from the others

    @property
    def shown(self) -> str:
        exits = " or ".join("killed" if code < 0 else f"exit {code}" for code in self.exits)
        return ", ".join(part for part in (self.in_words, exits) if part)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong."""

    name: str
    summary: str  # for the table
    strike: Callable[[Struck], None]
    expected: Mapping[str, Expected]  # by command, or by "command moment", which comes first
    within_s: float | None = None  # so soon after it no new request may come; None: the load goes on

    @property
    def commands(self) -> tuple[str, ...]:
        return tuple(name for name in EVERY if any(key.split()[0] == name for key in self.expected))

    def of(self, command: str, moment: str) -> Expected:
        return self.expected.get(f"{command} {moment}") or self.expected[command]


# The load goes on. The run reports the stages that were spoiled, and no load that failed counts as held.
SURVIVED = {
    "ramp": Expected((0, 1, 4), (*JUDGED, *BUSY), ("complete",), in_words="reaches a verdict"),
    "confirm": Expected((0, 1), ended=("complete",), in_words="reaches an answer"),
}
# The target stopped answering and did not come back.
FAILED = {
    "ramp": Expected((1,), ("target_failed",), in_words="`target_failed`"),
    "confirm": Expected((1, 4), ended=("failed",), says="Error: ", in_words="stops, remedy undone"),
}
INTERRUPTED = {
    "seed": Expected((4,), says="(?i)interrupted", in_words="stops cleanly, reports what is off"),
    "ramp": Expected((4,), ended=("interrupted",), says="(?i)interrupted", in_words="stops cleanly, marked incomplete"),
    "confirm": Expected((4,), says="(?i)interrupted", in_words="stops cleanly, remedy undone"),
    "lab": Expected((4,), ended=("interrupted",), says="(?i)interrupted", in_words="stops cleanly, marked incomplete"),
}
