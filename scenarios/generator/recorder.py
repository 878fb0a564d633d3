"""One row per request, one heartbeat per second, a live line for the conductor.

Locust only logs what a listener raises, so every failure of ours is counted as `generator.lost` and reconciled later.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import gevent

from . import row_values
from .digests import Digests
from .endpoints import Endpoints
from .failures import Failures, shortened
from .focus import Focus
from .in_flight import waiting_users
from .live import Live
from .second import Second
from .settings import Settings
from .table_writer import TableWriter

_TICK_S = 0.1
_LONGEST = 200  # characters of an error


class Recorder:
    """Writes the rows of one load process."""

    def __init__(
        self, environment: Any, settings: Settings, schemas: tuple[Any, Any], focus: Focus, live: Live
    ) -> None:
        self.environment, self.settings, self.focus, self.live = environment, settings, focus, live
        self.digests = Digests() if settings.digests else None
        folder = Path(settings.run)
        self.writer = str(os.getpid())
        requests, readings = schemas
        self.requests = TableWriter(folder / f"requests-{self.writer}.arrow", requests)
        self.readings = TableWriter(folder / f"readings-generator-{self.writer}.arrow", readings)
        self.spans = [name.removesuffix("_ms") for name in requests.names if name.endswith("_ms")][1:]
        self.endpoints, self.failures = Endpoints(), Failures()
        self.lost = 0
        self.why_lost = ""
        self.think_s = 0.0
        self.slowest_ms = 0.0  # of the requests that were answered so far
        self.second = Second(settings)
        self.beat_at = self.now()
        self.errors: Counter[str] = Counter()
        self.read: dict[tuple[str, str], list[int]] = {}  # answers and bytes by endpoint and what may be kept of them

    def now(self) -> float:
        return time.monotonic() - self.settings.origin

    def on_request(self, request_type: str, name: str, response_time: float, **about: Any) -> None:
        try:
            self._append_row(self.endpoints.of(request_type, name), row_values.milliseconds(response_time), about)
        except Exception as error:  # noqa: BLE001 - Locust would only log it; here it is counted, and the run says so
            self._lose(error)

    def _lose(self, error: Exception) -> None:
        self.lost += 1
        self.why_lost = shortened(f"{type(error).__name__}: {row_values.said_by(error)}", _LONGEST)

    def _append_row(self, endpoint: str, latency_ms: float, about: dict[str, Any]) -> None:
        exception, answer = about.get("exception"), row_values.answer_of(about)
        start = self.now() - latency_ms / 1000
        greenlet = gevent.getcurrent()
        due, greenlet.rampart_due = getattr(greenlet, "rampart_due", None), None
        outcome = row_values.outcome(exception, answer.status, self.settings.violations)
        tenant = row_values.tenant_of(about.get("context"))
        if answer.status == 200 and endpoint.startswith("GET "):
            self._note_caching(endpoint, answer)
        url = str(about.get("url") or "")
        digest = self.digests.of(endpoint, tenant, url, about.get("response")) if self.digests else None
        spans = row_values.spans(str(answer.headers.get("Server-Timing") or ""), self.spans)
        sent = start if due is None else min(due, start)
        self.requests.append(
            (sent, start, latency_ms, endpoint, tenant, outcome, answer.status, answer.size, digest, *spans)
        )
        self._count(endpoint, latency_ms, outcome, exception)

    def _note_caching(self, endpoint: str, answer: row_values.Answer) -> None:
        read = self.read.setdefault((endpoint, row_values.caching(answer.headers)), [0, 0])
        read[0] += 1
        read[1] += answer.size

    def _count(self, endpoint: str, latency_ms: float, outcome: str, exception: Any) -> None:
        self.second.add(endpoint, latency_ms, failed=outcome != "ok")
        if outcome != "connection":
            self.slowest_ms = max(self.slowest_ms, latency_ms)
        if outcome != "ok":
            self.errors[shortened(f"{endpoint}: {row_values.said_by(exception)}", _LONGEST)] += 1
        if self.focus.begun and not self.focus.answered:
            self.focus.answered = True
            self.live.send("focused", task=self.focus.label)

    def beat(self) -> None:
        """Once a second, to the end: heartbeat readings and the live line."""
        lag = 0.0
        due = time.monotonic() + 1
        while True:
            slept = time.monotonic()
            gevent.sleep(_TICK_S)
            lag = max(lag, time.monotonic() - slept - _TICK_S)
            if time.monotonic() >= due:
                self.write_beat(lag)
                lag, due = 0.0, max(due + 1, time.monotonic() + 0.5)

    def write_beat(self, lag: float = 0.0) -> None:
        at, runner = self.now(), self.environment.runner
        users = runner.user_count if runner else 0
        ended = self.second.take()
        waiting = {} if ended["requests"] or not runner else {"in_flight": waiting_users(runner.user_greenlets)}
        self._write_readings(at, users, lag, waiting)
        self.live.send(
            "second", at=at, seconds=at - self.beat_at, users=users, **ended, **waiting, lag_ms=lag * 1000,
            slowest_ms=self.slowest_ms,
            errors=dict(self.errors.most_common(5)), exceptions=self.failures.rows(),
            lost=self.lost + self.requests.lost, why_lost=self.why_lost or self.requests.failed,
        )  # fmt: skip
        if self.digests:
            self.digests.second()
        self.errors.clear()
        self.beat_at = at
        for table in (self.requests, self.readings):
            try:
                table.flush()
            except Exception as error:  # noqa: BLE001 - the next second is recorded all the same
                self._lose(error)
        if unwritten := self.requests.failed or self.readings.failed:
            self.live.send("unwritten", why=unwritten)

    def _write_readings(self, at: float, users: int, lag: float, waiting: dict[str, int]) -> None:
        total = self.environment.stats.total
        values = {
            "users": users, "cpu_s": time.process_time(), "lag_ms": lag * 1000, "requests": total.num_requests,
            "failures": total.num_failures, "lost": self.lost + self.requests.lost, "think_s": self.think_s,
            "exceptions": self.failures.total, **waiting,
        }  # fmt: skip
        labels = _labels(writer=self.writer)
        for name, value in values.items():
            self.readings.append((at, f"generator.{name}", float(value), labels))
        for (endpoint, caching), (answers, size) in self.read.items():
            labels = _labels(writer=self.writer, endpoint=endpoint, caching=caching)
            self.readings.append((at, "generator.read", float(answers), labels))
            self.readings.append((at, "generator.read_bytes", float(size), labels))

    def close(self, **_: Any) -> None:
        self.write_beat()
        self.requests.close()
        self.readings.close()


def _labels(**labels: str) -> str:
    """The canonical text of a set of labels."""
    return json.dumps(dict(sorted(labels.items())), separators=(",", ":"))
