"""Remedies that can be applied and undone while the target runs: of the lab's flaws, or commands of a target file.

The remedy is looked up by the finding alone; what was planted is looked at here and nowhere in the analysis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from conductor.experiment.command import run_command
from lab.profiles import flaw as flaw_of
from lab.staging import Lab
from rampart.config import RemedyCommands, Target
from rampart.errors import UsageError
from rampart.finding import Finding
from rampart.masking import masked


class Remedy(Protocol):
    """What can be done about a finding, and undone; both give the target as it is then."""

    @property
    def says(self) -> str: ...

    def mend(self) -> Target: ...

    def undo(self) -> Target: ...


@dataclass(frozen=True, slots=True)
class LabRemedy:
    """Mends one flaw of a running lab; `base` has what the lab does not know: name, load, seed, objectives."""

    lab: Lab
    flaw: str
    base: Target

    @property
    def says(self) -> str:
        return flaw_of(self.flaw).remedy

    def mend(self) -> Target:
        self.lab.fix(self.flaw)
        return as_target(self.lab, self.base)

    def undo(self) -> Target:
        self.lab.plant(self.flaw)
        return as_target(self.lab, self.base)


@dataclass(frozen=True, slots=True)
class CommandRemedy:
    """Commands of the target file, run without a shell and with a deadline."""

    target: Target
    commands: RemedyCommands
    cwd: str | None = None
    session: str = "rampart-remedy"  # by which Postgres knows what the commands open
    show: Callable[[str, float], None] = lambda _what, _seconds_left: None

    @property
    def says(self) -> str:
        return str(masked(self.commands.apply))

    def mend(self) -> Target:
        return self._run("applying", self.commands.apply)

    def undo(self) -> Target:
        return self._run("putting back", self.commands.undo)

    def _run(self, what: str, command: str) -> Target:
        tick = partial(self.show, what)
        run_command(command, self.commands.deadline_s, cwd=self.cwd, session=self.session, tick=tick)
        return self.target


@dataclass(frozen=True, slots=True)
class Placebo:
    """The remedy, undone as soon as it was applied: all of its disturbance and none of its effect."""

    remedy: Remedy

    @property
    def says(self) -> str:
        return f"placebo, applied and undone at once: {self.remedy.says}"

    def mend(self) -> Target:
        try:
            self.remedy.mend()
        finally:
            target = self.remedy.undo()
        return target

    def undo(self) -> Target:
        return self.mend()


def as_target(lab: Lab, base: Target) -> Target:
    """The lab as it runs now, driven as the target file says."""
    return replace(
        lab.target,
        name=base.name,
        load=base.load,
        seed=base.seed,
        version=base.version,
        objectives=base.objectives,
        stop=base.stop,
    )


def for_lab(lab: Lab, finding: Finding, base: Target, *, but: Sequence[str] = ()) -> LabRemedy | None:
    """The remedy of a finding in a lab, but those named in `but`; None where nothing planted has that finding."""
    open_flaws = [name for name in lab.in_force if name not in but]
    fitting = [name for name in open_flaws if flaw_of(name).finding == finding.id]
    # Two flaws may share a finding; the one that speaks of the finding's own endpoint or table is meant.
    fitting.sort(key=lambda name: -_spoken_of(name, finding))
    return LabRemedy(lab, fitting[0], base) if fitting else None


def _spoken_of(name: str, finding: Finding) -> int:
    about = flaw_of(name)
    text = " ".join([about.summary, about.breaks, about.remedy, *about.mended_by])
    table = finding.resource.split(" (")[0].rpartition(".")[2]
    return sum(word in text for word in (finding.endpoint, table) if word)


def for_target(target: Target, finding: Finding) -> CommandRemedy | None:
    """The commands that a target file has for a finding; None where it has none.

    UsageError where the target is neither disposable nor on its own allow list.
    """
    fitting = [r for r in target.remedies if r.finding == finding.id and r.resource in finding.resource]
    if fitting and not target.disposable and target.host not in target.allow:
        raise UsageError(
            f"no remedy may be tried on {target.name}",
            "a remedy changes the target, and this one is neither disposable nor on its allow list",
            "If it is yours to change, write disposable = true in its file.",
        )
    return CommandRemedy(target, fitting[0]) if fitting else None
