"""One tenant level: the profile of each task alone, then the ramp, stage by stage."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

from analysis.stages.queue_backlog import behind, queues
from conductor import first_requests, interim_analysis, steadiness, target_down
from conductor.boil_down import boil_down, mean_alone_s
from conductor.console import Console, Progress
from conductor.first_requests import FailsAtOnce
from conductor.hang import Hung, TargetGone
from conductor.live_tally import StageTally, Tally
from conductor.load_listener import LoadListener
from conductor.load_process import LoadProcess
from conductor.probe_runner import Watch
from conductor.stage_measurement import StageMeasurement
from conductor.stage_plan import FinishedStage, Limits, Next, bent, further, next_stage
from conductor.stop_rules import Stop, Stopped, StopRules
from conductor.task_profile import TaskProfile
from conductor.timing import Timing
from rampart.condition import Condition
from rampart.errors import Incomplete
from rampart.model import Stage
from rampart.runs import Clock, Run

_BROKEN = 0.9  # this share of a target's last requests fails
_FLUSHED_S = 1.1  # by then the rows of the profile are on disk


@dataclass(slots=True)
class TenantLevelRun:
    """What is being done at one tenant level."""

    tenants: int
    run: Run
    clock: Clock
    load: LoadProcess
    watch: Watch
    console: Console
    timing: Timing
    deadline: float  # run seconds
    first_users: int
    max_users: int
    stages: Iterator[int]  # indices, unique in the run
    may_overrun: bool = False  # by less than a stage, while nothing has bent yet: the levels after it have less then
    tallies: list[StageTally] = field(default_factory=list)  # of the steady windows
    seen: list[FinishedStage] = field(default_factory=list)
    rules: StopRules = field(default_factory=StopRules)
    asked_of: Sequence[Condition] = ()  # what the target file promises and what ends the load
    stopped: Stop | None = None  # the rule that ended the load
    last: Stage | None = None  # of the ramp, that has ended
    gone: bool = False  # the target failed, and did not answer one user either
    alone: dict[str, Tally] = field(default_factory=dict)  # the profile, by task
    listener: LoadListener = field(init=False)
    furthered: int = 0  # stages beyond the plan's end, for its bend was in doubt

    def __post_init__(self) -> None:
        self.listener = LoadListener(self.load, self.watch, self.rules)

    def carry_out(self) -> str:
        """Profile, then ramp; returns why it ended."""
        try:
            return self._all_stages()
        except Stopped as ended:
            said = self._ended_by(ended.stop)
            if self.rules.rules[ended.stop.name].kind == "errors":
                self._ask_again(said)
            return said
        except TargetGone as gone:
            return str(gone)

    def _all_stages(self) -> str:
        self._await_first_requests()
        self._profile()
        self._await_answer()
        self._foretell()
        decision = self._decide()
        while decision.users is not None:
            try:
                self._ramp_stage(decision.users, decision.purpose)
            except Hung as hung:
                self._go_on_after(hung, decision)
            decision = self._decide()
        if self.seen and self.seen[-1].requests and self.seen[-1].error_ratio > _BROKEN:
            # Too short for a rule, and the ramp ends in it: what fails now may be back in a moment, or have gone.
            self._ask_again(f"the target failed at {self.seen[-1].users} users: {self.listener.worst_error}")
        return decision.reason

    def _ended_by(self, stop: Stop) -> str:
        """Keep what rule ended the load, and since when."""
        self.stopped = stop
        by = {**stop.as_json(), "tenants": self.tenants}
        self.run.update(stopped=by)
        self.run.log(self.clock.now(), "conductor", "stopped by a rule", **by)
        worst = f" ({self.listener.worst_error})" if self.listener.errors else ""
        return f"stopped by the rule {stop.name} ({stop.said}), from {stop.since:.0f} s on at {stop.users} users{worst}"

    def repeat(self, loads: Sequence[int], purpose: str) -> None:
        """Stages of these users in turn, once all have signed in and what an earlier load left behind is done."""
        try:
            self._each(loads, purpose)
        except Stopped as ended:
            raise Incomplete(
                "the load was stopped", self._ended_by(ended.stop), "What was seen until then is kept."
            ) from None
        except (Hung, TargetGone) as failed:
            raise Incomplete("the target failed", str(failed), "What was seen until then is kept.") from None
        except FailsAtOnce as failed:  # a scenario with which the run was recorded works
            raise Incomplete("the target failed", failed.why, "What was seen until then is kept.") from None

    def _each(self, loads: Sequence[int], purpose: str) -> None:
        self._await_first_requests()
        steadiness.drain(self.watch, loads[0], partial(self._listen, Tally()))
        self.load.steer(loads[0], spawn_rate=max(10.0, loads[0] / self.timing.warmup_s))
        self._listen(Tally(), self.timing.warmup_s)
        for users in loads:
            self._ramp_stage(users, purpose)

    def _decide(self) -> Next:
        left = (self.deadline - self.clock.now()) / self.timing.stage_s
        left = math.ceil(left) if self.may_overrun and not bent(self.seen) else math.floor(left)
        limits = Limits(self.first_users, self.max_users)
        decision = next_stage(self.seen, limits, left)
        if decision.users is None and (more := further(self.seen, limits, left, self.furthered)) and self._in_doubt():
            decision = more
            self.furthered += 1
        fields = {"tenants": self.tenants, "users": decision.users, "reason": decision.reason}
        self.run.log(self.clock.now(), "conductor", "next stage", **fields)
        return decision

    def _in_doubt(self) -> bool:
        """Whether what is recorded so far leaves it open that this level has a knee."""
        self._listen(Tally(), _FLUSHED_S)
        self.watch.flush()
        return interim_analysis.knee_in_doubt(self.run, self.clock, self.tenants)

    def _await_first_requests(self) -> None:
        """TargetGone where a user waits for its first answer in vain."""
        if not first_requests.answered(self.listener):
            self._fail_before_ramp(self.listener.hangs.since or 0.0, "from the first request on")

    def _await_answer(self) -> None:
        """A target that stopped answering while its tasks were profiled answers now, or TargetGone."""
        self.listener.judging = True
        try:
            self.listener.listen_until_answered(Tally(), self.clock)
        except Hung as hung:
            self._fail_before_ramp(hung.since, "while one user asked")
        finally:
            self.listener.judging = False

    def _fail_before_ramp(self, since: float, when: str) -> NoReturn:
        self.gone = True
        stage = Stage(next(self.stages), self.tenants, 1, "coarse", since, since, self.clock.now())
        self._close(stage)
        said = f"the target answered nobody for {stage.ended_at - since:.0f} s, {when}"
        target_down.keep(self.run, self.clock, stage, said, came_back=False)
        raise TargetGone(said)

    def _go_on_after(self, hung: Hung, stage: Next) -> None:
        """The target hung in a stage: go on below it if it answers one user again, else TargetGone."""
        said = f"the target failed at {stage.users} users: {hung}"
        if not self._ask_again(said):
            raise TargetGone(f"{said}; it did not come back")
        self.seen.append(FinishedStage(stage.users or 0, 0.0, 1.0, False, 0, self.timing.steady_s, stage.purpose))

    def _ask_again(self, said: str) -> bool:
        """Whether the target answers one user after it failed in the last stage; written down for the verdict."""
        self.console.warn(f"{said}. All users are removed, and one tries again")
        self.listener.asking = True
        came_back = target_down.answers_again(self.load, self._listen)
        self.listener.asking = False
        if self.last is not None:
            target_down.keep(self.run, self.clock, self.last, said, came_back=came_back)
        self.gone = not came_back
        return came_back

    def _listen(self, tally: Tally, seconds: float, each: Callable[[Tally], None] | None = None) -> None:
        self.listener.listen(tally, seconds, each)

    def _profile(self) -> None:
        show = partial(self._show, "profile", 1, Tally())
        seconds = self.timing.profile_s
        self.alone = TaskProfile(
            self.tenants, self.run, self.clock, self.listener, self.stages, seconds, show
        ).carry_out()

    def _foretell(self) -> None:
        """Say what the profile shows, before the first stage of the ramp: a wrong scenario, the first limit."""
        self._listen(Tally(), _FLUSHED_S)
        self.load.steer(users=1, spawn_rate=1)
        self.watch.flush()
        interim_analysis.unknown_endpoints(self.run, self.clock, self.tenants, self.asked_of, self.console)
        interim_analysis.refusals(self.run, self.clock, self.tenants, self.console)
        interim_analysis.before_ramp(self.run, self.clock, self.tenants, self.console)

    def _ramp_stage(self, users: int, purpose: str) -> None:
        """One stage; where it is ended before its time, what had been measured by then is kept as the stage."""
        before = self.tallies[-1].users if self.tallies else 1
        started = self.clock.now()
        self.load.steer(users, spawn_rate=max(10.0, abs(users - before) / (self.timing.warmup_s * 0.5)))
        index = next(self.stages)
        show = partial(self._show, purpose, users, index=index)
        measured = StageMeasurement(users, self.timing, self.clock, self.listener, show)
        self.listener.hangs.since, self.listener.judging = None, True
        try:
            tally, steady = measured.carry_out(below=users < before)
        except (Stopped, Hung) as ended:
            steady = max(started, measured.counts_from(ended))
            self._close(Stage(index, self.tenants, users, purpose, started, steady, self.clock.now()))
            raise
        finally:
            self.listener.judging = False
        ended_at = self._close(Stage(index, self.tenants, users, purpose, started, steady, self.clock.now()))
        self.tallies.append(StageTally(users, tally))
        filled = any(map(behind, queues(self.watch.recent(), steady, ended_at).values()))
        alone_s = mean_alone_s(self.alone, self.load.tasks())
        self.seen.append(boil_down(self.tallies, alone_s, purpose, behind=filled))

    def _close(self, stage: Stage) -> float:
        """Keep a stage; when it ended."""
        self.watch.boundary()
        self.run.add_stage(stage)
        self.last = stage
        return stage.ended_at

    def _show(self, phase: str, users: int, tally: Tally, note: str, index: int | None = None) -> None:
        """Tell the console where we are; a profile's tasks share one line."""
        self.console.progress(
            Progress(
                phase=phase,
                tenants=self.tenants or None,
                stage=None if index is None else index + 1,
                users=users,
                rps=tally.rps,
                p50_ms=tally.quantile_ms(0.5),
                p95_ms=tally.quantile_ms(0.95),
                error_ratio=tally.error_ratio,
                seconds_left=max(self.deadline - self.clock.now(), 0.0),
                note=note,
            )
        )
