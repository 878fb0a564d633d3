"""A real Valkey: what the target did is counted, what we did is not, a restart is no difference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from probes._probe import NotConfigured, Unavailable
from probes.queues.redis_list import PROBE as LIST_QUEUE
from probes.queues.rq import PROBE as RQ
from probes.redis import PROBE, busy_s
from rampart.config import Queue, RedisServer
from tests.integration.conftest import free_port, start_valkey, stop


def cache(url: str) -> tuple[RedisServer, ...]:
    return (RedisServer("cache", url),)


def test_hits_and_misses_are_the_targets_alone(watch: Callable[..., Any], valkey: str) -> None:
    probe = watch(PROBE, redis=cache(valkey))
    queues = [
        watch(RQ, queues=(Queue("default", "rq", valkey),)),
        watch(LIST_QUEUE, queues=(Queue("emails", "list", valkey),)),
    ]
    with redis.Redis.from_url(valkey) as client:
        client.set("here", "x")
        client.rpush("emails", "a", "b")
        before = probe.read()
        for _ in range(5):
            client.get("here")
            client.mget("gone", "gone too")
            for queue in queues:
                queue.read()
        raw = client.info("stats")
        after = probe.read()
    assert raw["keyspace_hits"] > 10  # with our own, which look at the lists
    assert after("redis.hits", server="cache") - before("redis.hits", server="cache") == 5
    assert after("redis.misses", server="cache") - before("redis.misses", server="cache") == 10
    assert after("redis.command.calls", command="mget") == 5
    assert not after.all("redis.command.calls", command="info")
    assert after("redis.busy_s") > before("redis.busy_s") > 0
    assert after("redis.output_bytes") > before("redis.output_bytes")


def test_statistics_that_somebody_resets_begin_again(watch: Callable[..., Any], valkey: str) -> None:
    probe, queue = watch(PROBE, redis=cache(valkey)), watch(RQ, queues=(Queue("default", "rq", valkey),))
    with redis.Redis.from_url(valkey) as client:
        for _ in range(3):
            client.get("gone")
            queue.read()
        assert probe.read()("redis.misses") == 3
        client.config_resetstat()
        queue.read()
        client.get("gone")
        assert probe.read()("redis.misses") == 1


def test_evictions_are_seen_against_the_limit(watch: Callable[..., Any], valkey: str) -> None:
    probe = watch(PROBE, redis=cache(valkey))
    with redis.Redis.from_url(valkey) as client:
        client.config_set("maxmemory", "4mb")
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            for number in range(600):
                client.set(f"key {number}", "x" * 10_000)
            now = probe.read()
        finally:
            client.config_set("maxmemory", 0)
    assert now("redis.evicted") > 100
    assert now("redis.max_bytes") == 4 * 2**20
    assert 0.5 < now("redis.used_bytes") / now("redis.max_bytes") < 1.1


def test_a_restarted_server_begins_at_nought(watch: Callable[..., Any], tmp_path: Path, valkey: str) -> None:
    url, process = start_valkey(tmp_path)
    try:
        probe = watch(PROBE, redis=(*cache(url), RedisServer("queue", valkey)))
        with redis.Redis.from_url(url) as client:
            client.get("gone")
        assert probe.read()("redis.misses", server="cache") == 1
        probe.reader._servers[0].run_id = "another server's"  # as if it had been restarted behind the same address
        assert probe.read()("redis.misses", server="cache") == 0
        assert probe.read()("redis.misses", server="cache") == 1
    finally:
        stop(process)
    kept = []
    with pytest.raises(redis.ConnectionError):
        kept.extend(probe.reader.read())
    assert {reading.labels["server"] for reading in kept} == {"queue"}  # one that fails does not hide the other


def test_one_server_for_two_purposes_is_said(watch: Callable[..., Any], valkey: str) -> None:
    probe = watch(PROBE, redis=(*cache(valkey), RedisServer("queue", valkey)))
    assert "cache and queue" in probe.facts()["gaps"]["RED-SHARED"]["reason"]


def test_what_cannot_be_read_is_a_gap(watch: Callable[..., Any], valkey: str) -> None:
    with redis.Redis.from_url(valkey) as client:
        client.execute_command("ACL", "SETUSER", "narrow", "on", ">canary", "+ping", "+get", "~*")
        with pytest.raises(Unavailable) as refused:
            watch(PROBE, redis=cache(valkey.replace("//", "//narrow:canary@")))
        assert refused.value.gap.code == "RED-ACL"
        assert "canary" not in str(refused.value.gap)
        rules = refused.value.gap.remedy.rpartition("SETUSER narrow ")[2].split()
        client.execute_command("ACL", "SETUSER", "narrow", "reset", "on", ">canary", *rules)
        narrow = valkey.replace("//", "//narrow:canary@")
        watch(PROBE, redis=cache(narrow)).read()
        watch(RQ, queues=(Queue("default", "rq", narrow),)).read()
        watch(LIST_QUEUE, queues=(Queue("emails", "list", narrow),)).read()
    with pytest.raises(Unavailable) as refused:
        watch(PROBE, redis=cache(f"redis://127.0.0.1:{free_port()}"))
    assert refused.value.gap.code == "RED-CONN"
    with pytest.raises(NotConfigured):
        watch(PROBE)


def test_older_servers_tell_their_work_by_processor_time() -> None:
    assert busy_s({"used_cpu_user_main_thread": 1.5, "used_cpu_sys_main_thread": "0.5"}) == 2.0
    assert busy_s({"eventloop_duration_sum": 2_000_000, "used_cpu_user_main_thread": 9.0}) == 2.0
    assert busy_s({}) is None
