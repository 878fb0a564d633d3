"""The ladder: ramp, name the first bottleneck, mend it, ramp again, until the wanted load is held."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from conductor.console import Console
from conductor.experiment.journal import Journal
from conductor.experiment.journalled import processes_of
from conductor.experiment.remedies import LabRemedy, as_target, for_lab
from conductor.ladder.capacity import Capacity, capacity, held, moved
from conductor.ladder.drain_queues import settle
from conductor.session import Options, Outcome, ramp_on
from lab.staging import Lab
from rampart.errors import RampartError
from rampart.finding import Finding
from rampart.model import JSON
from rampart.verdict import UNTRUSTED, Verdict

_RERUN = 1  # times that a ramp which is not to be trusted is repeated before the climb ends
_TOGETHER = 3  # remedies in a row whose gain may show only behind the last of them


@dataclass(slots=True)
class Climb:
    """What is being climbed and how far it is; `as_json` is `ladder.json`."""

    lab: Lab
    options: Options
    users: int  # wanted at the last level
    minutes: float
    console: Console
    journal: Journal | None = None  # what of the lab must be gone when the climb has ended
    begun: float = field(default_factory=time.monotonic)
    ramps: list[JSON] = field(default_factory=list)
    rungs: list[JSON] = field(default_factory=list)
    missteps: list[JSON] = field(default_factory=list)  # remedies after which the knee did not move, undone
    ended: str = ""
    cut_short: bool = False  # by the time, or by a ramp that could not be carried out or says nothing
    held: bool = False  # the wanted users, at the end

    @property
    def level(self) -> int:
        return self.options.tenants[-1]

    @property
    def left_s(self) -> float:
        return self.minutes * 60 - (time.monotonic() - self.begun)

    @property
    def short(self) -> bool:
        """Whether too little time is left for a ramp that could be trusted."""
        return self.left_s < 60 * self.options.minutes / 2

    def climb(self) -> None:
        """Fill `ramps`, `rungs` and `missteps`, and say in `ended` why it ended; what was climbed stays."""
        try:
            now = self._ramp(self.options.tenants)
            while not self._over(now):
                step = self._step(now)
                if step is None:
                    return
                now = step
        except RampartError as error:
            self.ended, self.cut_short = f"a ramp could not be carried out: {error.what}: {error.why}", True

    def _over(self, now: Outcome) -> bool:
        self.held = held(now.verdict, self.level, self.users)
        if self.held:
            self.ended = f"{self.users} users are held at {self.level:,} tenants"
        elif not _named(now.verdict, self.level):
            self.ended = f"no first bottleneck is named any more: {now.verdict.sentence}"
            self.cut_short = _at_fault(now)
        elif self.short:
            self._out_of_time()
        return bool(self.ended)

    def _out_of_time(self) -> None:
        self.ended, self.cut_short = "the time is used up", True

    def _step(self, now: Outcome) -> Outcome | None:
        """Mend what is named, or the next that is, until the capacity moves; None where no remedy is known."""
        tried: list[str] = []
        doubtful = False  # whether a remedy was undone though its ramp says nothing of it
        before = capacity(now.verdict, self.level)
        for finding in _named(now.verdict, self.level):
            remedy = self._remedy(finding, tried)
            if remedy is None:
                continue
            then, rungs, remedies = self._mended(now, finding, remedy, before)
            after = capacity(then.verdict, self.level)
            if moved(before, after):
                self.rungs += rungs
                return then
            self.console.say(f"the capacity did not move ({before.words} to {after.words}): undone")
            for one in reversed(remedies):
                one.undo()
            self.missteps += rungs
            tried.append(remedy.flaw)
            doubtful = doubtful or _at_fault(then)
            if self.short:
                self._out_of_time()
                return None
        first = _named(now.verdict, self.level)[0]
        self.ended = f"no remedy is known for {first.id} on {first.resource}" if not tried else "no remedy helped"
        self.cut_short = doubtful
        return None

    def _mended(
        self, now: Outcome, finding: Finding, remedy: LabRemedy, bar: Capacity
    ) -> tuple[Outcome, list[JSON], list[LabRemedy]]:
        """Mend a finding, and where the limit then only passed to another, that one too: the gain shows behind all.

        Work that leaves the requests arrives in a queue, and its workers may be fewer than the requests could wait for.
        """
        rungs: list[JSON] = []
        remedies: list[LabRemedy] = []
        while True:
            self.console.say(f"rung {len(self.rungs) + len(rungs) + 1}: mending {finding.id}: {remedy.says}")
            remedy.mend()
            then = self._ramp((self.level,))
            before, after = capacity(now.verdict, self.level), capacity(then.verdict, self.level)
            rungs.append(self._rung(finding, remedy, now, before, then, after))
            remedies.append(remedy)
            named = _named(then.verdict, self.level)
            gone = finding.id not in {one.id for one in named}
            passed = self._remedy(named[0], [one.flaw for one in remedies]) if named and gone else None
            if moved(bar, after) or passed is None or len(rungs) == _TOGETHER or self.short:
                return then, rungs, remedies
            self.console.say(f"{finding.id} is gone, and the limit is {named[0].id} now ({after.words})")
            now, finding, remedy = then, named[0], passed

    def _remedy(self, finding: Finding, but: Sequence[str]) -> LabRemedy | None:
        return for_lab(self.lab, finding, self.options.target, but=but)

    def _ramp(self, levels: Sequence[int]) -> Outcome:
        """One ramp of the lab as it is now; again where the measurement was at fault."""
        for attempt in range(_RERUN + 1):
            target = as_target(self.lab, self.options.target)
            if self.journal is not None:
                self.journal.note("applied", processes=processes_of(self.lab))
            settle(target, self.console.warn)
            began = time.monotonic()
            minutes = min(self.options.minutes * (1.0 if len(levels) == 1 else 1.6), self.left_s / 60)
            outcome = ramp_on(target, replace(self.options, tenants=tuple(levels), minutes=minutes), self.console)
            if outcome.run.about.get("outcome") == "interrupted":
                raise KeyboardInterrupt
            trusted = outcome.verdict.outcome not in UNTRUSTED
            self.ramps.append(_ramp_row(outcome, levels, time.monotonic() - began))
            if trusted or attempt == _RERUN or self.left_s < 60 * minutes:
                break
            self.console.warn("the measurement was at fault; once more")
        return outcome

    def _rung(
        self, finding: Finding, remedy: LabRemedy, now: Outcome, before: Capacity, then: Outcome, after: Capacity
    ) -> JSON:
        came = next(iter(_named(then.verdict, self.level)), None)
        keys = ("id", "family", "resource", "endpoint", "share", "confidence", "status")
        return {
            "finding": {key: getattr(finding, key) for key in keys},
            "remedy": remedy.says,
            "before": before.as_json(),
            "after": after.as_json(),
            "predicted": [asdict(limit) for limit in now.verdict.next],
            "came": {key: getattr(came, key) for key in keys} if came else None,
            "sentence": now.verdict.sentence,
            "run_before": now.run.folder.name,
            "run": then.run.folder.name,
        }

    def as_json(self) -> JSON:
        """`ladder.json`: paths of runs are relative to the folder that holds it."""
        rows = self.ramps[0]["capacity"] if self.ramps else []
        first = next((row for row in rows if row["tenants"] == self.level), None)
        # What a remedy that was undone has left behind is no state of the system.
        last = {"tenants": self.level, **self.rungs[-1]["after"]} if self.rungs else first
        return {
            "schema": 1,
            "tenants": list(self.options.tenants),
            "wanted_users": self.users,
            "seconds": time.monotonic() - self.begun,
            "first": first,
            "last": last,
            "held": self.held,
            "ended": self.ended,
            "cut_short": self.cut_short,
            "rungs": self.rungs,
            "missteps": self.missteps,
            "ramps": self.ramps,
        }


def _at_fault(ramp: Outcome) -> bool:
    """Whether a further ramp may tell what this one could not; one that the load generator limits would be so again."""
    return ramp.verdict.outcome == "invalid"


def _named(verdict: Verdict, level: int) -> list[Finding]:
    """The first bottleneck at the level, then what else is supported, then what nothing contradicts, as ranked.

    Where a limit was reached and none is first, the suspicions alone; [] where no limit was reached.
    """
    told = next((row for row in verdict.levels if row.tenants == level), None)
    if told is None:
        return []
    here = [f for f in verdict.ranked if f.tenants == level and f.limit_users is not None]
    lead = [f for f in here if f.id == told.first and f.why_not_first is None]
    rest = [f for f in here if f not in lead and all(e.holds for e in f.evidence)]
    rest.sort(key=lambda f: f.status != "supported")
    return [*lead[:1], *rest] if lead or told.outcome == "inconclusive" else []


def _ramp_row(outcome: Outcome, levels: Sequence[int], seconds: float) -> JSON:
    verdict = outcome.verdict
    return {
        "run": outcome.run.folder.name,
        "seconds": seconds,
        "outcome": verdict.outcome,
        "sentence": verdict.sentence,
        "capacity": [{"tenants": level, **capacity(verdict, level).as_json()} for level in levels],
    }
