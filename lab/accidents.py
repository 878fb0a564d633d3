"""Accidents that production has, and that only a disposable system may be put through; and what became of its jobs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import psycopg
import redis

from lab.child import stop
from lab.staging import Lab
from rampart.errors import NotReady

_PATIENCE_S = 15.0  # for jobs that wait; a job takes 65 ms, and the first of a worker 400
_PEOPLE = "SELECT email FROM users WHERE email LIKE 'user1@%' AND tenant_id % 10 <> 8 ORDER BY id LIMIT 8"


@dataclass(frozen=True, slots=True)
class Effects:
    """Jobs that were accepted, and how often each took effect at the other end."""

    accident: str
    times: Mapping[str, int]  # by what the mail is about
    settled: bool  # nothing waits any more: what was not done by now never will be

    @property
    def lost(self) -> list[str]:
        return sorted(name for name, times in self.times.items() if times == 0 and self.settled)

    @property
    def repeated(self) -> list[str]:
        return sorted(name for name, times in self.times.items() if times > 1)


@contextmanager
def _working() -> Iterator[None]:
    """NotReady where a part of the lab no longer answers."""
    try:
        yield
    except (httpx.HTTPError, psycopg.Error, redis.RedisError) as error:
        raise NotReady(
            "no job could be followed", f"a part of the lab no longer answers ({error})", "Ramp with fewer users."
        ) from error


@_working()
def workers_killed(lab: Lab, jobs: int = 40) -> Effects:
    """All workers are killed at once while they work, and started again."""
    made = _invoices(lab, jobs)
    with redis.Redis.from_url(lab.settings.queue) as queue:
        until = time.monotonic() + 2
        while queue.llen("rq:queue:default") > jobs // 2 and time.monotonic() < until:
            time.sleep(0.005)
    _crash(lab, "worker")
    lab.revive()
    return _effects(lab, "all workers were killed", made)


@_working()
def queue_restarted(lab: Lab, jobs: int = 40) -> Effects:
    """The queue's server is killed while jobs wait and no worker runs, and both are started again."""
    _crash(lab, "worker")
    made = _invoices(lab, jobs)
    _crash(lab, "queue")
    lab.revive()
    return _effects(lab, "the queue's server was restarted", made)


def _crash(lab: Lab, role: str) -> None:
    """Kill all processes of a role in the middle of what they do."""
    stop([child for child in lab.children if child.role == role])
    lab.children = [child for child in lab.children if child.role != role]


def _invoices(lab: Lab, count: int) -> list[str]:
    """The numbers of so many new invoices; each makes a job that mails it."""
    with psycopg.connect(lab.target.postgres or "") as database:
        people = [str(email) for (email,) in database.execute(_PEOPLE)]

    def make(email: str) -> list[str]:
        with httpx.Client(base_url=lab.target.url, trust_env=False, timeout=30) as http:
            signed_in = http.post("/session", json={"email": email, "password": "rampart"}).raise_for_status().json()
            headers = {"Authorization": f"Bearer {signed_in['token']}"}
            answers = [
                http.post("/invoices", json={"customer": "Acme"}, headers=headers).raise_for_status()
                for _ in range(count // len(people))
            ]
            return [str(answer.json()["invoice"]["number"]) for answer in answers]

    with ThreadPoolExecutor(len(people)) as threads:
        return [number for numbers in threads.map(make, people) for number in numbers]


@_working()
def settled(lab: Lab) -> bool:
    """Whether nothing waits and nobody works, within our patience."""
    with redis.Redis.from_url(lab.settings.queue) as queue:
        until = time.monotonic() + _PATIENCE_S
        waiting = ("rq:queue:default", "rq:queue:default:intermediate")
        while any(map(queue.llen, waiting)) or queue.zcard("rq:wip:default"):
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
    return True


def _effects(lab: Lab, accident: str, made: list[str]) -> Effects:
    quiet = settled(lab)
    delivered = httpx.get(f"{lab.settings.services}/delivered", trust_env=False).json()
    return Effects(accident, {number: int(delivered.get(f"Invoice {number}", 0)) for number in made}, quiet)
