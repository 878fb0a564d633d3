"""A queue that is a plain list: what leaves it is counted by tracers, and the age of its head follows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import redis

from probes._probe import NotConfigured
from probes.queues.redis_list import PROBE
from rampart.config import Queue


@pytest.mark.parametrize("pop", ["left", "right"])
def test_what_leaves_a_backlog_is_counted_exactly(watch: Callable[..., Any], valkey: str, pop: Any) -> None:
    probe = watch(PROBE, queues=(Queue("emails", "list", valkey, pop),))
    sent = 0
    with redis.Redis.from_url(valkey) as client:
        push, take = (client.rpush, client.lpop) if pop == "left" else (client.lpush, client.rpop)
        popped = 0
        for came, went in ((30, 0), (20, 10), (5, 20), (0, 15), (40, 0), (1, 49)):
            for _ in range(came):
                sent += 1
                push("emails", f"mail {sent}")
            for _ in range(went):
                popped += take("emails") is not None
            now = probe.read()
            assert now("queue.ready", queue="emails") == sent - popped
            assert now("queue.completed", queue="emails") == popped


def test_the_age_of_the_head_is_known_to_within_a_read(watch: Callable[..., Any], valkey: str) -> None:
    probe = watch(PROBE, queues=(Queue("emails", "list", valkey),))
    assert probe.read()("queue.oldest_age_s") == 0
    with redis.Redis.from_url(valkey) as client:
        began = time.monotonic()
        for number in range(6):
            client.rpush("emails", f"mail {number}")
            probe.read()
            time.sleep(0.05)
        age = probe.read()("queue.oldest_age_s")
        assert time.monotonic() - began - 0.1 < age <= time.monotonic() - began
        client.lpop("emails", 4)
        assert probe.read()("queue.oldest_age_s") < age - 3 * 0.05
        client.lpop("emails", 2)
        assert probe.read()("queue.oldest_age_s") == 0


def test_a_target_without_lists_has_nothing_to_watch(watch: Callable[..., Any], valkey: str) -> None:
    with pytest.raises(NotConfigured):
        watch(PROBE, queues=(Queue("default", "rq", valkey),))
