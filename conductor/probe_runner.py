"""Runs the probes: one thread each, on a monotonic schedule; a probe that dies degrades the run and never ends it."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import asdict
from typing import Any

import numpy as np

from analysis.record.readings import Readings, Series
from probes._found import every_probe
from probes._probe import NotConfigured, Probe, Reader, Unavailable
from rampart import metrics
from rampart.config import Target
from rampart.masking import masked
from rampart.model import JSON, Gap, Metric, Reading
from rampart.runs import Clock, Run
from rampart.tables import READINGS, label_text
from rampart.unrecorded import Unrecorded, recording, unrecorded
from scenarios.generator.table_writer import TableWriter

_SLOW_S = 0.2  # a read that costs more, twice running, is asked for less often (judged)
# What the end of a stage is judged by, and how many readings of it are kept: more than there are in any stage.
_JUDGED = (metrics.APP_IN_FLIGHT, metrics.QUEUE_READY, metrics.QUEUE_COMPLETED)
_KEPT = 600


class _Watcher:
    """One open probe and its file."""

    def __init__(self, probe: Probe, reader: Reader, run: Run, clock: Clock, part: str) -> None:
        self.probe, self.reader, self.run, self.clock = probe, reader, run, clock
        self.writer = TableWriter(run.folder / f"readings-{probe.name}-{part}.arrow", READINGS)
        self.latest: dict[tuple[Metric, str], float] = {}
        self.recent: dict[tuple[Metric, str], deque[tuple[float, float]]] = {}  # of `_JUDGED`: when and what
        self.reads = self.failures = self.slow = 0
        self.cost_s = 0.0
        self.unwritten = ""
        self.lock = threading.Lock()
        self.labels: dict[tuple[tuple[str, str], ...], str] = {}

    def read(self) -> None:
        """One round; what goes wrong is logged, and is evidence of a starved target."""
        with self.lock:
            at, began = self.clock.now(), time.perf_counter()
            self.reads += 1
            try:
                self.keep(at, self.reader.read())
            except Exception as error:  # noqa: BLE001 - a probe never ends a run; the failure is recorded instead
                self.failures += 1
                self.log(at, "read failed", error=f"{type(error).__name__}: {error}")
            cost = time.perf_counter() - began
            self.cost_s += cost
            self.slow = self.slow + 1 if cost > _SLOW_S else 0
            if cost > self.probe.deadline_s:
                self.log(at, "read was late", seconds=round(cost, 3))
            if self.probe.cadence_s is None:
                self.writer.flush()

    def log(self, at: float, message: str, **fields: Any) -> None:
        """A line of the log; one that cannot be written ends no thread of ours, but `Watch.check` the run."""
        try:
            self.run.log(at, self.probe.name, message, **fields)
        except Unrecorded as error:
            self.unwritten = error.why

    @property
    def failed(self) -> str:
        """Why what it reads cannot be recorded any more; empty where it can."""
        return self.writer.failed or self.unwritten

    def keep(self, at: float, readings: Iterable[Reading]) -> None:
        for reading in readings:
            labels = self._label_text(reading.labels)
            seen_at = at if reading.at is None else reading.at
            self.latest[reading.metric, labels] = reading.value
            if reading.metric in _JUDGED:
                kept = self.recent.setdefault((reading.metric, labels), deque(maxlen=_KEPT))
                kept.append((seen_at, reading.value))
            self.writer.append((seen_at, reading.metric.name, reading.value, labels))

    def _label_text(self, labels: Mapping[str, str]) -> str:
        """Labels as they are recorded: what a target serves as a name may be a command line, with a password."""
        key = tuple(labels.items())
        text = self.labels.get(key)
        if text is None:
            text = self.labels[key] = label_text(masked(labels, known=False))
        return text

    def repeat(self, stop: threading.Event) -> None:
        """Read on schedule; a late read skips ticks, it never queues them."""
        assert self.probe.cadence_s is not None
        due = time.monotonic()
        while not stop.wait(max(due - time.monotonic(), 0)):
            self.read()
            cadence = self.probe.cadence_s * (5 if self.slow >= 2 else 1)
            due = max(due + cadence, time.monotonic() + cadence / 10)


class _Self:
    """The conductor's own processor time, so that it can be told from strangers'."""

    def read(self) -> Iterable[Reading]:
        return [Reading(metrics.ROLE_CPU_S, time.process_time(), {"role": "conductor"})]

    def facts(self) -> JSON:
        return {}

    def close(self) -> None:
        return None


_SELF = Probe("conductor", "The conductor's own processor time.", 1.0, [metrics.ROLE_CPU_S], lambda _target: _Self())


class Watch:
    """All probes of one target over one tenant level; `part` tells the level's files from the others'."""

    def __init__(self, target: Target, run: Run, clock: Clock, part: str) -> None:
        self.gaps: list[Gap] = []
        self.watchers: list[_Watcher] = []
        self._stop, self._threads = threading.Event(), list[threading.Thread]()
        self._run, self._clock, self._part = run, clock, part
        for probe in (*every_probe().values(), _SELF):
            self._open(probe, target)
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="boundary")
        run.write_json("metrics.json", [m.as_json() for w in self.watchers for m in w.probe.metrics])
        for watcher in self.watchers:
            if watcher.probe.cadence_s is not None:
                thread = threading.Thread(
                    target=watcher.repeat, args=(self._stop,), name=f"probe-{watcher.probe.name}", daemon=True
                )
                thread.start()
                self._threads.append(thread)

    def _open(self, probe: Probe, target: Target) -> None:
        try:
            reader = probe.connect(target)
        except NotConfigured:
            return
        except Unavailable as unavailable:
            self._lose(probe, unavailable.gap)
        except Exception as error:  # noqa: BLE001 - a probe that cannot start is a gap, with its reason
            self._lose(
                probe, Gap(f"PROBE-{probe.name.upper()}", f"{type(error).__name__}: {error}", (), "See log.jsonl.")
            )
        else:
            with recording(self._run.folder):
                self.watchers.append(_Watcher(probe, reader, self._run, self._clock, self._part))

    def _lose(self, probe: Probe, gap: Gap) -> None:
        self.gaps.append(gap)
        self._run.log(self._clock.now(), probe.name, "not available", **asdict(gap))

    def boundary(self, timeout_s: float = 5.0) -> None:
        """Read every probe now, side by side, so that each counter is known at both ends of a window.

        Those that are late are logged and left behind.
        """
        _, late = wait([self._pool.submit(w.read) for w in self.watchers], timeout_s)
        if late:
            self._run.log(self._clock.now(), "watch", f"{len(late)} boundary reads took longer than {timeout_s} s")

    def check(self) -> None:
        """Raise Unrecorded when what a probe reads cannot be written any more."""
        if why := next((w.failed for w in self.watchers if w.failed), ""):
            raise unrecorded(self._run.folder, why)

    def flush(self) -> None:
        """Write what every probe has read so far."""
        for watcher in self.watchers:
            watcher.writer.flush()

    def latest(self, metric: Metric) -> dict[str, float]:
        """The last value of a metric by label text; empty when nothing reads it."""
        return {
            labels: value
            for watcher in self.watchers
            for (read, labels), value in list(watcher.latest.items())
            if read == metric
        }

    def recent(self) -> Readings:
        """The last minutes of what a stage is judged by, as the analysis will read it from the recording."""
        found: dict[Metric, list[Series]] = {}
        for watcher in self.watchers:
            for (metric, labels), kept in list(watcher.recent.items()):
                at, value = np.array(kept.copy(), float).T
                found.setdefault(metric, []).append(Series(json.loads(labels), at, value))
        return Readings.of_series(found)

    def close(self) -> None:
        """Read the facts, stop the threads, close the files."""
        facts: JSON = self._run.read_json("statements.json", {})
        self._stop.set()
        for thread in self._threads:
            thread.join(2.0)
        for watcher in self.watchers:
            try:
                with closing(watcher.reader):
                    for section, values in watcher.reader.facts().items():
                        facts.setdefault(section, {}).update(values)
            except Exception as error:  # noqa: BLE001 - closing must reach every probe
                watcher.log(self._clock.now(), "facts failed", error=str(error))
            watcher.writer.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._run.write_json("statements.json", masked(facts, known=False))
        self._run.write_json("probes.json", [self._about(w) for w in self.watchers])

    @staticmethod
    def _about(watcher: _Watcher) -> JSON:
        return {
            "name": watcher.probe.name,
            "reads": watcher.reads,
            "failures": watcher.failures,
            "mean_cost_ms": round(1000 * watcher.cost_s / max(watcher.reads, 1), 3),
        }
