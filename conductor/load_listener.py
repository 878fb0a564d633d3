"""What the load process says while it runs: figures, errors, exceptions; a rule or a hang ends the listening."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from analysis.thresholds import UNANSWERED_S
from conductor.hang import HangWatch
from conductor.live_tally import Tally
from conductor.load_process import LoadProcess
from conductor.probe_runner import Watch
from conductor.stop_rules import StopRules
from rampart.runs import Clock


@dataclass(slots=True)
class LoadListener:
    """Takes in the load process's news, and keeps what is asked about it later."""

    load: LoadProcess
    watch: Watch
    rules: StopRules = field(default_factory=StopRules)
    hangs: HangWatch = field(default_factory=HangWatch)
    judging: bool = False  # whether a stage is under way, which a hang may end
    asking: bool = False  # whether a target that failed is asked again, which no rule ends
    errors: Counter[str] = field(default_factory=Counter)
    alive: int | None = None  # users, as the load process last said
    exceptions: str = ""  # the scenario's own most frequent exception, with its place

    @property
    def worst_error(self) -> str:
        return self.errors.most_common(1)[0][0] if self.errors else "no text"

    def listen(self, tally: Tally, seconds: float, each: Callable[[Tally], None] | None = None) -> None:
        """Listen for some seconds; raises Stopped by a rule, Hung in a stage, and what the load or a probe died of."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.25))
            self.load.check()
            self.watch.check()
            for line in self.load.news():
                tally.add(line)
                self.errors.update(line.get("errors", {}))
                self.alive = line["users"]
                for worst in line.get("exceptions", [])[:1]:
                    self.exceptions = f"{worst['said']} in {worst['place']}"
                self.hangs.take(line)
                if self.judging:
                    self.hangs.check(line)
                if not self.asking:
                    self.rules.take(line)
            if each:
                each(tally)

    def listen_until_answered(self, tally: Tally, clock: Clock) -> None:
        """What ends in silence goes on until somebody is answered, or Hung: a short stage would hide a hang."""
        while self.hangs.silent_s(clock.now()) >= UNANSWERED_S:
            self.listen(tally, 0.25)
