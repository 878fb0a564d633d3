"""The end that workers take from is seen, whatever the target file says; what cannot be told is not counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from probes._list_ends import FURTHEST
from probes._probe import Unavailable
from probes.queues.redis_list import PROBE
from probes.redis import PROBE as REDIS
from rampart.config import Queue, RedisServer

STATED = [None, "left", "right"]


class Jobs:
    """A producer and workers of one list, and how many jobs the workers took."""

    def __init__(self, url: str, takes: str) -> None:
        self.client = redis.Redis.from_url(url)
        self.sent = self.done = 0
        left = takes == "left"
        self._push = self.client.rpush if left else self.client.lpush
        self.take: Callable[[], Any] = (
            (lambda: self.client.lpop("jobs")) if left else (lambda: self.client.rpop("jobs"))
        )

    def pass_by(self, came: int, went: int) -> None:
        for _ in range(came):
            self.sent += 1
            self._push("jobs", f"job {self.sent}")
        for _ in range(went):
            self.done += self.take() is not None


@pytest.fixture
def jobs(valkey: str) -> Iterator[Callable[[str], Jobs]]:
    opened: list[Jobs] = []

    def open_jobs(takes: str) -> Jobs:
        opened.append(Jobs(valkey, takes))
        return opened[-1]

    yield open_jobs
    for one in opened:
        one.client.close()


def gaps(probe: Any) -> dict[str, Any]:
    found: dict[str, Any] = probe.facts()["gaps"]
    return found


@pytest.mark.parametrize("takes", ["left", "right"])
@pytest.mark.parametrize("stated", STATED)
def test_the_right_end_is_found_and_the_wrong_one_invents_nothing(
    watch: Callable[..., Any], valkey: str, jobs: Callable[[str], Jobs], takes: str, stated: Any
) -> None:
    work, probe = jobs(takes), watch(PROBE, queues=(Queue("jobs", "list", valkey, stated),))
    for came, went in ((30, 0), (20, 0), (20, 10), (5, 20), (0, 15), (40, 0), (1, 49)):
        work.pass_by(came, went)
        now = probe.read()
        assert now("queue.ready") == work.sent - work.done
        assert now("queue.completed") == work.done
        assert now("queue.oldest_age_s") >= 0
    found = gaps(probe)
    assert "Q-UNCOUNTED" not in found
    assert ("Q-POP" in found) == (stated not in (None, takes))
    if "Q-POP" in found:
        assert f'pop = "{takes}"' in found["Q-POP"]["remedy"]


@pytest.mark.parametrize("takes", ["left", "right"])
@pytest.mark.parametrize("command", ["blpop", "lmove", "blmove", "lmpop"])
def test_by_whatever_command_workers_take(
    watch: Callable[..., Any], valkey: str, jobs: Callable[[str], Jobs], takes: str, command: str
) -> None:
    work, probe = jobs(takes), watch(PROBE, queues=(Queue("jobs", "list", valkey),))
    end, client = takes.upper(), work.client
    ways: dict[str, Callable[[], Any]] = {
        "blpop": lambda: client.blpop("jobs", 1) if takes == "left" else client.brpop("jobs", 1),
        "lmove": lambda: client.lmove("jobs", "taken", end, "LEFT"),
        "blmove": lambda: client.blmove("jobs", "taken", 1, end, "RIGHT"),
        "lmpop": lambda: client.lmpop(1, "jobs", direction=end, count=1),
    }
    work.take = ways[command]
    for came, went in ((20, 0), (3, 7), (5, 5)):
        work.pass_by(came, went)
        assert probe.read()("queue.completed") == work.done
    assert gaps(probe) == {}


@pytest.mark.parametrize("stated", STATED)
def test_a_backlog_deeper_than_is_searched_counts_no_more_than_was_done(
    watch: Callable[..., Any], valkey: str, jobs: Callable[[str], Jobs], stated: Any
) -> None:
    work, probe = jobs("right"), watch(PROBE, queues=(Queue("jobs", "list", valkey, stated),))
    work.client.lpush("jobs", *(f"old {number}" for number in range(3 * FURTHEST)))
    for came, went in ((0, 0), (5, 20), (50, 10)):
        work.pass_by(came, went)
        assert probe.read()("queue.completed") <= work.done


@pytest.mark.parametrize("stated", STATED)
@pytest.mark.parametrize("end", ["left", "right"])
def test_a_stack_is_not_counted(
    watch: Callable[..., Any], valkey: str, jobs: Callable[[str], Jobs], stated: Any, end: str
) -> None:
    work, probe = (
        jobs("left" if end == "right" else "right"),
        watch(PROBE, queues=(Queue("jobs", "list", valkey, stated),)),
    )
    work.take = lambda: work.client.rpop("jobs") if end == "right" else work.client.lpop("jobs")
    for came, went in ((20, 0), (5, 0), (3, 8), (10, 0)):
        work.pass_by(came, went)
        now = probe.read()
    assert now("queue.ready") == work.sent - work.done
    assert not now.all("queue.completed")
    assert not now.all("queue.oldest_age_s")
    assert "the last comes first" in gaps(probe)["Q-UNCOUNTED"]["reason"]


def test_a_list_emptied_at_both_ends_is_not_counted(
    watch: Callable[..., Any], valkey: str, jobs: Callable[[str], Jobs]
) -> None:
    work, probe = jobs("left"), watch(PROBE, queues=(Queue("jobs", "list", valkey),))
    work.pass_by(30, 0)
    probe.read()
    work.pass_by(0, 5)
    probe.read()
    work.client.rpop("jobs", 5)
    assert not probe.read().all("queue.completed")
    assert "both ends" in gaps(probe)["Q-UNCOUNTED"]["reason"]


@pytest.mark.parametrize("elements", [["go"] * 6, ["mail", "sms", "mail", "fax", "sms", "push"]])
def test_elements_that_repeat_are_not_counted(watch: Callable[..., Any], valkey: str, elements: list[str]) -> None:
    probe = watch(PROBE, queues=(Queue("jobs", "list", valkey, "left"),))
    with redis.Redis.from_url(valkey) as client:
        for _ in range(3):
            client.rpush("jobs", *elements)
            now = probe.read()
        client.lpop("jobs", 2)
        assert not probe.read().all("queue.completed")
    assert now("queue.ready") == 18
    assert "repeat" in gaps(probe)["Q-UNCOUNTED"]["reason"]


def test_two_lists_that_cannot_be_counted_are_both_named(watch: Callable[..., Any], valkey: str) -> None:
    names = ("one", "other")
    probe = watch(PROBE, queues=tuple(Queue(name, "list", valkey) for name in names))
    with redis.Redis.from_url(valkey) as client:
        for name in names:
            client.rpush(name, "go", "go")
        probe.read()
    assert all(f"the list {name}" in gaps(probe)["Q-UNCOUNTED"]["reason"] for name in names)


@pytest.fixture
def guarded(valkey: str) -> Iterator[tuple[redis.Redis, str]]:
    """A server with a user who may do nothing but say hello; the administrator, and that user's URL."""
    with redis.Redis.from_url(valkey) as administrator:
        administrator.execute_command("ACL", "SETUSER", "probe", "reset", "on", ">secret", "+ping", "+auth")
        yield administrator, valkey.replace("redis://", "redis://probe:secret@")
        administrator.execute_command("ACL", "DELUSER", "probe")


def test_the_commands_to_allow_are_enough(watch: Callable[..., Any], guarded: tuple[redis.Redis, str]) -> None:
    administrator, url = guarded
    parts = {"queues": (Queue("jobs", "list", url),)}, {"redis": (RedisServer("cache", url),)}
    for probe, fields in zip((PROBE, REDIS), parts, strict=True):
        with pytest.raises(Unavailable) as refused:
            watch(probe, **fields)
        assert refused.value.gap.code == "RED-ACL"
    advice = refused.value.gap.remedy.split(": ", 1)[1]
    administrator.execute_command(*advice.split())
    for probe, fields in zip((PROBE, REDIS), parts, strict=True):
        watch(probe, **fields).read()


def test_a_wrong_password_is_no_matter_of_commands(watch: Callable[..., Any], guarded: tuple[redis.Redis, str]) -> None:
    with pytest.raises(Unavailable) as refused:
        watch(REDIS, redis=(RedisServer("cache", guarded[1].replace("secret", "wrong")),))
    assert "password" in refused.value.gap.remedy
    assert "SETUSER" not in refused.value.gap.remedy
