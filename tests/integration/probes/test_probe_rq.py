"""RQ's own queue and worker on a real Valkey."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
import rq

from probes._probe import NotConfigured
from probes.queues.rq import PROBE
from rampart.config import Queue
from tests.integration.conftest import await_true, spawn


def start_worker(url: str, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """RQ's own program, working in its own process as a worker does by `SimpleWorker`."""
    program = str(Path(sys.executable).with_name("rq"))
    return spawn([program, "worker", "-w", "rq.SimpleWorker", "-u", url, *arguments], folder / "worker.log")


@pytest.fixture
def configured(valkey: str) -> tuple[Queue, ...]:
    return (Queue("default", "rq", valkey), Queue("slow", "rq", valkey))


def test_depth_and_age_grow_until_a_worker_comes(
    watch: Callable[..., Any], valkey: str, configured: tuple[Queue, ...], tmp_path: Path
) -> None:
    probe = watch(PROBE, queues=configured)
    empty = probe.read()
    assert empty("queue.ready") == empty("queue.oldest_age_s") == empty("queue.workers") == 0
    with redis.Redis.from_url(valkey) as client:
        queue = rq.Queue("default", connection=client)
        for seconds in (1.0, 0.05, 0.05):
            queue.enqueue(time.sleep, seconds)
        queue.enqueue(time.sleep, "not a number")
        time.sleep(0.3)
        waiting = probe.read()
        worker = start_worker(valkey, tmp_path, "--burst", "default", "slow")
        await_true(lambda: probe.read()("queue.workers", queue="slow") == 1)
        assert worker.wait(20) == 0
        done = probe.read()
    assert waiting("queue.ready", queue="default") == 4
    assert waiting("queue.ready", queue="slow") == 0
    assert 0.3 <= waiting("queue.oldest_age_s", queue="default") < 5
    assert done("queue.ready") == done("queue.oldest_age_s") == 0
    assert done("queue.failed", queue="default") == 1
    # The worker has gone, what it did has not; its jobs for two queues are entered with the first, once.
    assert done("queue.completed") == done("queue.completed", queue="default") == 3
    assert done("queue.retried") == 1
    assert done("queue.working_s") >= 1.1
    assert done("queue.workers") == 0


def test_a_worker_at_work_is_busy(
    watch: Callable[..., Any], valkey: str, configured: tuple[Queue, ...], tmp_path: Path
) -> None:
    probe = watch(PROBE, queues=configured)
    worker = start_worker(valkey, tmp_path, "default")
    try:
        await_true(lambda: probe.read()("queue.workers") == 1)
        assert probe.read()("queue.workers", queue="slow") == 0
        with redis.Redis.from_url(valkey) as client:
            rq.Queue("default", connection=client).enqueue(time.sleep, 1.5)
        await_true(lambda: probe.read()("queue.workers_busy", queue="default") == 1)
        now = probe.read()
        assert now("queue.in_flight", queue="default") == 1
        assert now("queue.ready", queue="default") == 0
        await_true(lambda: probe.read()("queue.completed") == 1)
    finally:
        worker.terminate()
        worker.wait(10)


def test_a_target_without_rq_has_nothing_to_watch(watch: Callable[..., Any], valkey: str) -> None:
    with pytest.raises(NotConfigured):
        watch(PROBE, queues=(Queue("emails", "list", valkey),))
