"""What the end of a stage is judged by is kept in memory as the recording will have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.record.readings import Readings
from analysis.stages.piling import growth
from analysis.stages.queue_backlog import queues
from conductor.probe_runner import _SELF, Watch, _Self, _Watcher
from rampart import metrics
from rampart.model import Reading
from rampart.runs import Run


def test_the_last_readings_are_those_that_are_recorded(tmp_path: Path) -> None:
    run, clock = Run.create(tmp_path, "watch", {})
    watcher, watch = _Watcher(_SELF, _Self(), run, clock, "1"), Watch.__new__(Watch)
    watch.watchers = [watcher]
    assert growth(watch.recent(), 0, 10) is None
    for second in range(11):
        seen = {metrics.APP_IN_FLIGHT: 2.0 * second, metrics.DB_COMMITS: 1.0 * second}
        mail = {metrics.QUEUE_READY: 3.0 * second, metrics.QUEUE_COMPLETED: 4.0 * second}
        watcher.keep(second, [Reading(metric, value, {"process": "7"}) for metric, value in seen.items()])
        watcher.keep(second, [Reading(metric, value, {"queue": "mail"}) for metric, value in mail.items()])
    watcher.writer.close()
    recent, recorded = watch.recent(), Readings(run.readings())
    assert growth(recent, 0, 10) == growth(recorded, 0, 10) == pytest.approx(20)
    assert queues(recent, 2, 9) == queues(recorded, 2, 9)
    assert recent.of(metrics.DB_COMMITS) == []  # no stage is judged by it, and there are thousands of such
