"""Composed with a scenario from outside: one row per request, one heartbeat per second, a live line for the conductor.

Locust only logs what a listener raises, so every failure of ours is counted as `generator.lost` and reconciled later.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import gevent
from gevent.event import Event
from locust import events
from locust.user.task import TaskSet

from rampart.latency_buckets import bucket
from rampart.tables import READINGS, REQUESTS, TableWriter, label_text
from scenarios import _control, _rows
from scenarios._schedule import Schedule

_TICK_S = 0.1
_PROFILE_THINK_S = 0.02


class Recorder:
    """Writes the rows of one generator process."""

    def __init__(self, environment: Any, folder: Path, origin: float) -> None:
        self.environment, self.origin = environment, origin
        self.writer = str(os.getpid())
        self.requests = TableWriter(folder / f"requests-{self.writer}.arrow", REQUESTS)
        self.readings = TableWriter(folder / f"readings-generator-{self.writer}.arrow", READINGS)
        self.live = (folder / f"live-{self.writer}.jsonl").open("w")
        self.lost = 0
        self.think_s = 0.0
        self.second: Counter[str] = Counter()
        self.latencies: Counter[int] = Counter()  # by bucket
        self.latency_ms = 0.0  # of this second, summed
        self.beat_at = self.now()
        self.errors: Counter[str] = Counter()
        self.labels = label_text({"writer": self.writer})
        self.read: dict[tuple[str, str], list[int]] = {}  # answers and bytes by endpoint and what may be kept of them

    def now(self) -> float:
        return time.monotonic() - self.origin

    def on_request(self, request_type: str, name: str, response_time: float, **about: Any) -> None:
        try:
            self._record(f"{request_type} {name}", response_time or 0.0, about)
        except Exception:  # noqa: BLE001 - Locust would only log it; here it is counted, and the run says so
            self.lost += 1

    def _record(self, endpoint: str, latency_ms: float, about: dict[str, Any]) -> None:
        response, exception = about.get("response"), about.get("exception")
        start = self.now() - latency_ms / 1000
        greenlet = gevent.getcurrent()
        due, greenlet.rampart_due = getattr(greenlet, "rampart_due", None), None
        status = int(getattr(response, "status_code", 0) or 0)
        outcome = _rows.outcome(exception, status)
        headers = getattr(response, "headers", None) or {}
        header = headers.get("Server-Timing", "")
        if status == 200 and endpoint.startswith("GET "):
            read = self.read.setdefault((endpoint, _rows.caching(headers)), [0, 0])
            read[0] += 1
            read[1] += int(about.get("response_length") or 0)
        self.requests.append(
            (
                start if due is None else min(due, start),
                start,
                latency_ms,
                endpoint,
                int((about.get("context") or {}).get("tenant", -1)),
                outcome,
                status,
                int(about.get("response_length") or 0),
                _rows.digest(str(about.get("url") or ""), _rows.body(response)),
                *_rows.spans(header),
            )
        )
        self.second["requests"] += 1
        if outcome != "ok":
            self.second["failures"] += 1
            self.errors[f"{endpoint}: {exception}"[:200]] += 1
        self.latency_ms += latency_ms
        self.latencies[bucket(latency_ms)] += 1

    def beat(self) -> None:
        """Once a second, to the end: heartbeat readings and the live line; the focus of a profile in between."""
        lag = 0.0
        due = time.monotonic() + 1
        while True:
            slept = time.monotonic()
            gevent.sleep(_TICK_S)
            lag = max(lag, time.monotonic() - slept - _TICK_S)
            wanted = _control.read()
            FOCUS.follow(wanted.task)
            if wanted.stop:  # whatever comes next may be the end: what is known is written now
                self.write_beat(lag)
            if time.monotonic() >= due:
                self.write_beat(lag)
                lag, due = 0.0, max(due + 1, time.monotonic() + 0.5)

    def write_beat(self, lag: float) -> None:
        at, runner = self.now(), self.environment.runner
        users = runner.user_count if runner else 0
        total = self.environment.stats.total
        usage = time.process_time()
        values = {
            "users": users, "cpu_s": usage, "lag_ms": lag * 1000, "requests": total.num_requests,
            "failures": total.num_failures, "lost": self.lost, "think_s": self.think_s,
        }  # fmt: skip
        for name, value in values.items():
            self.readings.append((at, f"generator.{name}", float(value), self.labels))
        for (endpoint, caching), (answers, size) in self.read.items():
            labels = label_text({"writer": self.writer, "endpoint": endpoint, "caching": caching})
            self.readings.append((at, "generator.read", float(answers), labels))
            self.readings.append((at, "generator.read_bytes", float(size), labels))
        line = {
            "at": at, "seconds": at - self.beat_at, "users": users, "lag_ms": lag * 1000, **self.second,
            "latency_ms": self.latency_ms, "latencies": dict(self.latencies),
            "errors": dict(self.errors.most_common(5)),
        }  # fmt: skip
        self.live.write(json.dumps(line) + "\n")
        self.live.flush()
        self.requests.flush()
        self.readings.flush()
        for counter in (self.second, self.latencies, self.errors):
            counter.clear()
        self.latency_ms, self.beat_at = 0.0, at

    def close(self, **_: Any) -> None:
        self.write_beat(0.0)
        self.requests.close()
        self.readings.close()


class Focus:
    """Lets all users send one task alone while a profile is taken, whatever the scenario's weights are."""

    def __init__(self) -> None:
        self.classes: list[Any] = []
        self.all_tasks: list[list[Any]] = []
        self.task: str | None = None
        self.changed = Event()  # set once, for all who think while the focus moves

    def learn(self, classes: list[Any], folder: Path) -> None:
        self.classes, self.all_tasks = classes, [list(user.tasks) for user in classes]
        weights = Counter((user.__name__, _task_name(task)) for user in classes for task in user.tasks)
        rows = [{"user": user, "task": task, "weight": weight} for (user, task), weight in sorted(weights.items())]
        (folder / "tasks.json").write_text(json.dumps(rows) + "\n")

    def follow(self, task: str | None) -> None:
        if task == self.task:
            return
        self.task = task
        moved, self.changed = self.changed, Event()
        moved.set()
        for user, tasks in zip(self.classes, self.all_tasks, strict=True):
            user.tasks[:] = [t for t in tasks if task in (None, _task_name(t))] or tasks


def _task_name(task: Any) -> str:
    return str(getattr(task, "__name__", task))


FOCUS = Focus()


def _sleep(self: Any, seconds: float) -> None:
    """Locust's own sleep, which also notes when the next request is due."""
    seconds = min(seconds, _PROFILE_THINK_S) if FOCUS.task else seconds
    gevent.getcurrent().rampart_due = SCHEDULES.setdefault(self.user, Schedule()).due(
        RECORDERS[0].now(), seconds, self.user._cp_last_run
    )
    RECORDERS[0].think_s += seconds
    FOCUS.changed.wait(seconds)  # a profile is too short to wait for somebody who began to think before it


SCHEDULES: WeakKeyDictionary[Any, Schedule] = WeakKeyDictionary()
RECORDERS: list[Recorder] = []


@events.init.add_listener  # type: ignore[untyped-decorator]
def _begin(environment: Any, **_: Any) -> None:
    folder, origin = Path(os.environ["RAMPART_RUN"]), float(os.environ["RAMPART_ORIGIN"])
    recorder = Recorder(environment, folder, origin)
    RECORDERS.append(recorder)
    FOCUS.learn(environment.user_classes, folder)
    FOCUS.follow(_control.read().task)
    TaskSet._sleep = _sleep  # type: ignore[method-assign]
    environment.events.request.add_listener(recorder.on_request)
    environment.events.quitting.add_listener(recorder.close)
    gevent.signal_handler(signal.SIGTERM, _end, recorder)
    gevent.spawn(recorder.beat)


def _end(recorder: Recorder) -> None:
    """What SIGTERM does: while a shape runs Locust has no handler of its own, and would die with rows unwritten."""
    recorder.close()
    os._exit(0)
