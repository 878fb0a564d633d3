"""Each flaw of the cache by its mechanism: what it does to the running system, and that its remedy undoes it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import redis

from lab.staging import Lab
from tests.integration.lab.data import seeded
from tests.integration.lab.driver import Client, Counted, project, task, together


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One with flaws that do not touch each other; each test mends its own."""
    with seeded("stale-cache", "cache-stampede", "cache-server") as started:
        yield started


@pytest.fixture(scope="module")
def other() -> Iterator[Lab]:
    """One with two more, whose dashboards are few enough for the small cache."""
    with seeded("shared-key", "cache-too-small") as started:
        yield started


@contextmanager
def signed_in(lab: Lab, tenant: int = 3) -> Iterator[Client]:
    with httpx.Client(base_url=lab.target.url, trust_env=False, timeout=30) as http:
        yield Client(http, tenant)


def kept(lab: Lab) -> redis.Redis:
    """A client of the cache."""
    return redis.Redis.from_url(lab.target.redis[0].url)


def test_stale_cache_hides_what_the_reader_has_just_done(lab: Lab) -> None:

    def shown(number: int) -> tuple[bool, set[str]]:
        """Whether a task that was just created is there, and the states of one that was just completed."""
        with signed_in(lab) as client:
            client.get(f"/projects/{project(3, number)}")
            body = {"project_id": project(3, number), "title": "New"}
            made = client.post("/tasks", json=body).json()["task"]["id"]
            client.post(f"/tasks/{task(3, number - 1)}/complete")
            tasks = client.get(f"/projects/{project(3, number)}").json()["tasks"]
        states = {one["status"] for one in tasks if one["id"] == task(3, number - 1)}
        return made in {one["id"] for one in tasks}, states

    assert shown(2) == (False, {"open"})
    lab.fix("stale-cache")
    assert shown(4) == (True, {"done"})


def test_cache_stampede_computes_what_has_expired_for_each_who_asks(lab: Lab) -> None:

    def computed() -> int:
        with kept(lab) as cache, Counted(lab) as counted:
            cache.delete("comparison")
            answers = together(lab, 8, lambda user: user.get("/dashboard"))
            assert len({str(answer.json()["others"]) for answer in answers}) == 1
        return sum(calls for text, calls in counted.calls.items() if "avg(open)" in text)

    with signed_in(lab) as client:
        client.get("/dashboard")  # the tenant's own part is kept from here on
        assert computed() == 8
        lab.fix("cache-stampede")
        client.get("/dashboard")
    assert computed() == 1


def test_cache_server_walks_through_all_keys_for_each_page(lab: Lab) -> None:

    def commands() -> dict[str, int]:
        with kept(lab) as cache, signed_in(lab) as client:
            deadline = time.monotonic() + 10
            while len(client.get("/projects").json()["me"]) != 5:
                assert time.monotonic() < deadline, "nobody was copied"
                time.sleep(0.1)
            cache.config_resetstat()
            assert client.get("/projects").json()["me"]["email"] == "user1@tenant3.example"
            stats = cache.info("commandstats")
            assert isinstance(stats, dict)
        return {name: stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("keys", "hgetall")}

    assert commands() == {"keys": 1, "hgetall": 0}
    with kept(lab) as cache:
        assert cache.dbsize() >= 5 * 20 * 25
    lab.fix("cache-server")
    assert commands() == {"keys": 0, "hgetall": 1}


def test_shared_key_shows_one_tenants_numbers_to_all_others(other: Lab) -> None:

    def whose() -> list[int]:
        found = []
        for tenant in (3, 4):
            with signed_in(other, tenant) as client:
                found.append(client.get("/dashboard").json()["tenant"])
        return found

    assert whose() == [3, 3]
    other.fix("shared-key")
    assert whose() == [3, 4]


def test_cache_too_small_throws_out_what_is_asked_for_again(other: Lab) -> None:
    with kept(other) as cache:

        def missed() -> int:
            """Of dashboards of 300 tenants, in turn and twice over, so many were not found the second time."""
            keys = [f"dashboard:{number}" for number in range(300)]
            for key in keys:
                cache.set(key, b"x" * 6_000, ex=300)
            return sum(cache.get(key) is None for key in keys)

        assert missed() > 100
        other.fix("cache-too-small")
        assert missed() == 0
