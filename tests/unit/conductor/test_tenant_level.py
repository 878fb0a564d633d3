"""When a stage begins to be measured: not while requests pile up, nor while what an earlier one left flows off."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.record.readings import Readings, Series
from conductor import hang, load_listener, stage_plan, steadiness, target_down
from conductor.console import Console
from conductor.hang import Hung
from conductor.live_tally import Tally
from conductor.load_listener import LoadListener
from conductor.stage_measurement import StageMeasurement
from conductor.stop_rules import Stopped, StopRules
from conductor.task_profile import TaskProfile
from conductor.tenant_level import TenantLevelRun
from conductor.timing import Timing
from rampart import metrics
from rampart.condition import Condition
from rampart.errors import Incomplete
from rampart.model import Metric
from rampart.runs import Clock, Run

USERS = 100
TIMING = Timing(warmup_s=0.2, steady_s=1.0)


class Seen:
    """Stands for the watch and for the load: a target with so many requests in flight after so many seconds."""

    def __init__(self, in_flight: Callable[[float], float], clock: Clock) -> None:
        self._in_flight, self._clock, self._began = in_flight, clock, time.monotonic()

    def latest(self, metric: Metric) -> dict[str, float]:
        return {"": self._in_flight(time.monotonic() - self._began)} if metric.name == "app.in_flight" else {}

    def recent(self) -> Readings:
        """What was in flight all along, read ten times in a stage."""
        now = time.monotonic()
        at = np.arange(self._began, now, TIMING.steady_s / 10)
        series = Series({}, at - now + self._clock.now(), np.array([self._in_flight(t - self._began) for t in at]))
        return Readings.of_series({metrics.APP_IN_FLIGHT: [series]})

    def check(self) -> None: ...

    def boundary(self) -> None: ...

    def steer(self, users: int, spawn_rate: float) -> None: ...

    def tasks(self) -> list[dict[str, Any]]:
        return []

    def news(self) -> list[dict[str, Any]]:
        return []


@pytest.fixture
def seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., float]:
    """How long a step of a stage takes beside such a target."""
    monkeypatch.setattr(steadiness, "_LOOK_S", 0.1)
    monkeypatch.setattr(steadiness, "_DRAIN_S", 1.0)
    run, clock = Run.create(tmp_path, "level", {})

    def took(step: Callable[[TenantLevelRun], None], in_flight: Callable[[float], float]) -> float:
        seen: Any = Seen(in_flight, clock)
        one = TenantLevelRun(100, run, clock, seen, seen, Console(), TIMING, 60.0, 15, 400, itertools.count())
        began = time.monotonic()
        step(one)
        return time.monotonic() - began

    return took


class Failing(Seen):
    """The same, whose requests all fail from some second on, ten times a second."""

    def __init__(self, clock: Clock, from_s: float) -> None:
        super().__init__(lambda _: 0.0, clock)
        self._from_s, self._told = from_s, clock.now()

    def news(self) -> list[dict[str, Any]]:
        now = self._clock.now()
        if now < self._told + 0.1:
            return []
        failed = 50 if now - 0.1 >= self._from_s else 0
        counted = {"requests": 50, "failures": failed, "latency_ms": 500.0, "latencies": {"200": 50}}
        seconds, self._told = now - self._told, now
        return [{"at": now, "seconds": seconds, "users": USERS, "errors": {"GET /: broken": failed}, **counted}]


RULES = {"broken": Condition("errors > 50% for 1s", "errors", None, ">", 0.5, 1.0)}


@pytest.mark.parametrize(("warmup_s", "from_s"), [(30.0, 0.3), (0.2, 0.6)], ids=["warm-up", "steady window"])
def test_a_stage_that_a_rule_ends_keeps_what_its_load_came_to(tmp_path: Path, warmup_s: float, from_s: float) -> None:
    run, clock = Run.create(tmp_path, "level", {})
    failing: Any = Failing(clock, from_s)
    one = TenantLevelRun(
        100, run, clock, failing, failing, Console(), Timing(warmup_s, 60.0), 60.0, 15, 400, itertools.count(),
        rules=StopRules(RULES),
    )  # fmt: skip
    with pytest.raises(Stopped) as ended:
        one._ramp_stage(USERS, "coarse")
    [stage], since = run.stages(), ended.value.stop.since
    assert from_s - 0.3 <= since <= from_s + 0.3 and stage.ended_at < since + 2.5
    # The span of the rule where nothing else was measured of this load, else the window as it began.
    assert stage.steady_at == pytest.approx(since if warmup_s > 1 else 0.2, abs=0.2)


def test_an_experiment_that_a_rule_ends_is_incomplete_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, clock = Run.create(tmp_path, "level", {})
    watch: Any = Failing(clock, 0.0)
    stages, rules = itertools.count(), StopRules(RULES)
    one = TenantLevelRun(100, run, clock, watch, watch, Console(), TIMING, 60.0, 15, 400, stages, rules=rules)
    monkeypatch.setattr(TenantLevelRun, "_await_first_requests", lambda self: self._listen(Tally(), 3.0))
    with pytest.raises(Incomplete, match=r"the rule broken \(errors > 50% for 1s\), from 0 s on.*GET /: broken"):
        one.repeat([USERS], "repeat")
    assert run.about["stopped"]["name"] == "broken"


def test_an_experiment_whose_target_fails_at_once_does_not_blame_its_scenario(tmp_path: Path) -> None:
    run, clock = Run.create(tmp_path, "level", {})
    failing: Any = Failing(clock, 0.0)
    one = TenantLevelRun(100, run, clock, failing, failing, Console(), TIMING, 60.0, 15, 400, itertools.count())
    with pytest.raises(Incomplete, match="the target failed: 50 of 50 failed"):
        one.repeat([USERS], "repeat")


def test_a_ramp_that_ends_in_failures_asks_whether_the_target_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, clock = Run.create(tmp_path, "level", {})
    failing: Any = Failing(clock, 0.2)
    monkeypatch.setattr(target_down, "LEAVE_S", 0.1)
    monkeypatch.setattr(target_down, "COMES_BACK_S", 0.3)
    for step in ("_await_first_requests", "_profile", "_foretell"):
        monkeypatch.setattr(TenantLevelRun, step, lambda self: None)
    one = TenantLevelRun(100, run, clock, failing, failing, Console(), TIMING, 0.9, 15, 400, itertools.count())
    one.may_overrun = True
    one.carry_out()
    [told] = [row for row in run.read_lines("log.jsonl") if row["source"] == "target failure"]
    assert one.gone and told["came_back"] is False and "GET /: broken" in told["message"]


class Silent(Failing):
    """The same, that answers nobody from some second on, for so long."""

    def __init__(self, clock: Clock, from_s: float, for_s: float) -> None:
        super().__init__(clock, 1e9)
        self._silent = (from_s, from_s + for_s)

    def news(self) -> list[dict[str, Any]]:
        lines = super().news()
        silent = self._silent[0] <= self._clock.now() < self._silent[1]
        return [{**line, "requests": 0, "in_flight": USERS} if silent else line for line in lines]


def test_a_target_that_hangs_in_its_profile_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hang, "hung_after_s", lambda slowest_s: 1.5)
    monkeypatch.setattr(load_listener, "UNANSWERED_S", 0.3)
    run, clock = Run.create(tmp_path, "level", {})
    silent: Any = Silent(clock, 0.0, 1e9)
    monkeypatch.setattr(TenantLevelRun, "_await_first_requests", lambda self: None)
    monkeypatch.setattr(TenantLevelRun, "_profile", lambda self: self._listen(Tally(), 0.8))
    one = TenantLevelRun(100, run, clock, silent, silent, Console(), TIMING, 60.0, 15, 400, itertools.count())
    assert "while one user asked" in one.carry_out()
    assert one.gone and run.stages()[-1].users == 1


@pytest.mark.parametrize(("for_s", "hangs"), [(1e9, True), (1.2, False)], ids=["for ever", "for a while"])
def test_a_hang_is_seen_in_a_stage_that_is_shorter_than_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, for_s: float, hangs: bool
) -> None:
    monkeypatch.setattr(hang, "hung_after_s", lambda slowest_s: 2.0)
    monkeypatch.setattr(load_listener, "UNANSWERED_S", 0.3)
    run, clock = Run.create(tmp_path, "level", {})
    silent: Any = Silent(clock, 0.4, for_s)
    timing = Timing(warmup_s=0.1, steady_s=0.9)
    one = TenantLevelRun(100, run, clock, silent, silent, Console(), timing, 60.0, 15, 400, itertools.count())
    with pytest.raises(Hung) if hangs else nullcontext():
        one._ramp_stage(USERS, "coarse")
    [stage] = run.stages()
    assert stage.ended_at > 0.4 + min(for_s, 2.0) - 0.3  # it went on until that was known


def warm_up(one: TenantLevelRun) -> None:
    steadiness.warm_up(one.watch, USERS, TIMING.warmup_s, TIMING.steady_s, time.sleep)


def drain(one: TenantLevelRun) -> None:
    steadiness.drain(one.watch, USERS, time.sleep)


def stage(one: TenantLevelRun) -> None:
    one._ramp_stage(USERS, "coarse")
    seen = one.run.stages()[-1]
    assert seen.ended_at - seen.steady_at == pytest.approx(TIMING.steady_s, rel=0.3)


def test_a_load_whose_requests_pile_up_has_a_longer_warm_up_which_ends(seconds: Callable[..., float]) -> None:
    level, piling, endless = (
        seconds(warm_up, of) for of in (lambda _: 5.0, lambda t: min(100 * t, 50.0), lambda t: 100 * t)
    )
    assert TIMING.warmup_s <= level
    assert 1.5 * level < piling < endless < 2 * (TIMING.warmup_s + TIMING.steady_s)


def test_what_an_earlier_load_left_behind_flows_off_first(seconds: Callable[..., float]) -> None:
    nothing, much, stuck = (
        seconds(drain, of) for of in (lambda _: 5.0, lambda t: max(48 - 100 * t, 5.0), lambda _: 60.0)
    )
    assert 1.5 * nothing < much < stuck < 2.0


def test_a_window_in_which_what_piled_up_flows_off_is_measured_again_once(seconds: Callable[..., float]) -> None:
    level, flowing, endless = (
        seconds(stage, of) for of in (lambda _: 60.0, lambda t: max(60 - 30 * t, 5.0), lambda t: 90 - 20 * t)
    )
    assert TIMING.stage_s <= level < TIMING.stage_s + TIMING.steady_s
    assert TIMING.stage_s + TIMING.steady_s <= flowing < TIMING.stage_s + 2 * TIMING.steady_s
    assert endless < TIMING.stage_s + 2 * TIMING.steady_s


def test_a_level_may_overrun_by_less_than_a_stage_while_nothing_has_bent(tmp_path: Path) -> None:
    run, clock = Run.create(tmp_path, "level", {})
    watch: Any = Seen(lambda _: 0.0, clock)

    def decided(share: float, *, may_overrun: bool, efficiency: float = 1.0) -> int | None:
        deadline = clock.now() + share * TIMING.stage_s
        one = TenantLevelRun(
            100, run, clock, watch, watch, Console(), TIMING, deadline, 15, 400, itertools.count(), may_overrun
        )
        one.seen.append(stage_plan.FinishedStage(15, efficiency, 0.0, False, 150, 12.0, "coarse"))
        return one._decide().users

    assert decided(0.9, may_overrun=True) == 30
    assert decided(0.9, may_overrun=False) is None
    assert decided(0.9, may_overrun=True, efficiency=0.5) is None
    assert decided(-0.1, may_overrun=True) is None


class Slow(Seen):
    """The same, one request of which ends every `each_s` seconds; a task is seen once its first has ended."""

    def __init__(self, clock: Clock, each_s: float) -> None:
        super().__init__(lambda _: 0.0, clock)
        self._each_s, self._told, self.focused, self._due = each_s, clock.now(), None, (0.0, "")
        self.noted: list[str] = []

    def steer(self, users: int, spawn_rate: float, task: str | None = None) -> None:
        self._due, self.focused = (self._clock.now() + self._each_s, task or ""), None

    def tasks(self) -> list[dict[str, Any]]:
        return [{"task": task, "weight": 1.0} for task in ("look", "buy")]

    def note(self, kind: str, **_: Any) -> None:
        self.noted.append(kind)

    def news(self) -> list[dict[str, Any]]:
        now = self._clock.now()
        if now >= self._due[0]:
            self.focused = self._due[1]
        count = int((now - self._told) / self._each_s)
        if not count:
            return []
        seconds, self._told = now - self._told, now
        counted = {"requests": count, "failures": 0, "latency_ms": 1000.0 * count, "latencies": {"200": count}}
        return [{"at": now, "seconds": seconds, "users": 1, "errors": {}, **counted}]


@pytest.mark.parametrize(("each_s", "least"), [(0.4, 2), (0.05, 2)], ids=["slow", "quick"])
def test_a_task_is_watched_for_as_long_as_it_takes(tmp_path: Path, each_s: float, least: int) -> None:
    run, clock = Run.create(tmp_path, "level", {})
    slow: Any = Slow(clock, each_s)
    profile = TaskProfile(100, run, clock, LoadListener(slow, slow), itertools.count(), 0.3, lambda _: None)
    found = profile.carry_out()
    assert sorted(found) == ["buy", "look"] and all(tally.requests >= least for tally in found.values())
    assert all(stage.ended_at - stage.started_at < 0.3 + 4 * each_s + 0.6 for stage in run.stages())


def test_a_stage_of_few_requests_goes_on_until_there_are_enough_or_it_has_had_its_time_again(tmp_path: Path) -> None:
    clock = Run.create(tmp_path, "level", {})[1]
    lengths = []
    for each_s in (0.01, 0.05, 0.4):
        slow: Any = Slow(clock, each_s)
        measured = StageMeasurement(2, TIMING, clock, LoadListener(slow, slow), lambda *_: None)
        tally, steady = measured.carry_out(below=False)
        lengths.append((clock.now() - steady, tally.requests))
    (quick, _), (enough, count), (longest, few) = lengths
    assert quick < 1.5 <= enough and count >= 30
    assert 1.9 <= longest < 2.9 and few < 30
