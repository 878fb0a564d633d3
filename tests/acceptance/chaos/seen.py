"""What came of a pair: a line of JSON from the process that tried it, and a row of the page."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Seen:
    """One command that was struck, and what was found afterwards."""

    fault: str
    command: str
    moment: str
    expected: str
    exit: int | None = None  # below 0: killed by that signal; None: it never ran
    ended: str = ""  # `outcome` in run.json; "" where the command keeps no run
    verdict: str | None = None  # `outcome` in verdict.json; None: there is none
    lost: str = ""
    told: list[str] = field(default_factory=list)  # what stayed and was reported, and taken back
    stayed: list[str] = field(default_factory=list)  # what stayed, and nobody said so
    deviations: list[str] = field(default_factory=list)
    quiet_s: float | None = None  # from the fault to the last new request
    seconds: float = 0.0

    @property
    def killed(self) -> bool:
        return self.exit is not None and self.exit < 0
