"""The product's own processes: how each is told what it needs to know, begun, and awaited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import redis

from lab.app.settings import Settings
from lab.child import Child, await_ready, python, start
from lab.configuration import Condition
from lab.ports import Ports, free_ports
from lab.postgres import ROLE, conninfo

START_S = 30.0  # in which each part must be ready; it takes about two seconds on an idle machine


def start_app(folder: Path, ports: Ports, settings: Settings, now: Condition) -> list[Child]:
    """Begin the web processes, which share a port, and the first of which shows the statistics of all."""
    stats = [ports.stats, *free_ports(now.app_processes - 1)] if now.app_processes > 1 else [ports.stats]
    peers = ",".join(map(str, stats[1:]))
    command = python("lab.app.server")
    if now.app_memory is not None:
        command = python("lab.container", now.app_memory, *command)
    behind = {} if now.pooler is None else _behind_pooler(ports)
    begun = []
    for number, port in enumerate(stats):
        own = {"SAAS_STATS_PORT": str(port), "SAAS_PEERS": peers if number == 0 else ""}
        log = folder / ("app.log" if number == 0 else f"app-{number + 1}.log")
        begun.append(start("app", command, log, environment={**_environment(settings, now), **own, **behind}))
    return begun


def await_app(ports: Ports, begun: Sequence[Child]) -> None:
    """Return once all of them serve; NotReady otherwise."""
    address = f"http://127.0.0.1:{ports.app}/healthz"
    for child in begun:
        await_ready(child, lambda: child.listens(ports.app) and _answers(address), START_S)  # noqa: B023 - at once


def start_workers(folder: Path, settings: Settings, now: Condition, running: int) -> list[Child]:
    """Begin the workers that are missing."""
    numbers = range(running + 1, now.workers + 1)
    command, told = python("lab.app.worker"), _environment(settings, now)
    return [start("worker", command, folder / f"worker-{number}.log", environment=told) for number in numbers]


def await_workers(settings: Settings, workers: Sequence[Child]) -> None:
    """Return once all of them have signed up at the queue; NotReady otherwise."""
    with redis.Redis.from_url(settings.queue) as queue:
        for worker in workers:
            await_ready(worker, lambda: int(queue.scard("rq:workers")) >= len(workers), START_S)


def _environment(settings: Settings, now: Condition) -> dict[str, str]:
    return replace(settings, **now.settings).environment()  # type: ignore[arg-type]


def _behind_pooler(ports: Ports) -> dict[str, str]:
    """What the product is told otherwise: a statement may come to any connection, whoever prepared what on it.

    Workers have one connection each, and keep it; they are not sent there.
    """
    return {"SAAS_DATABASE": conninfo(ports.pooler, ROLE), "SAAS_PREPARE_AFTER": "0"}


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
