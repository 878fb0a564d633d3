"""The lab: Postgres, two Valkeys, the outside world, the product and its workers, as children of this process."""

from __future__ import annotations

import atexit
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

import httpx
import redis

from lab import folder as folders
from lab.app.settings import Settings
from lab.child import Child, await_ready, python, start, stop
from lab.ports import free_ports
from lab.postgres import ROLE, conninfo, create_schema, run_sql, start_postgres
from lab.profiles import FLAWS, chosen
from lab.valkey import await_valkey, start_valkey, url
from rampart.config import ProcessMatch, Queue, RedisServer, Seed, Target
from rampart.errors import UsageError

HEALTHY_WORKERS = 4
START_S = 30.0  # in which each part must be ready; it takes about two seconds on an idle machine


@dataclass(frozen=True, slots=True)
class Ports:
    """Where on 127.0.0.1 each part listens."""

    db: int
    cache: int
    queue: int
    relay: int
    services: int
    app: int
    stats: int


def _silent(_: str) -> None:
    pass


@dataclass(slots=True)
class Lab:
    """A staging system of our own, up from `up` to `down`; a context manager."""

    folder: Path
    ports: Ports
    settings: Settings  # of the healthy product
    planted: tuple[str, ...]
    mended: set[str] = field(default_factory=set)
    children: list[Child] = field(default_factory=list)

    @classmethod
    def up(cls, *, flaws: Sequence[str] = (), say: Callable[[str], None] = _silent) -> Lab:
        """A running lab with the flaws (or profiles) named; UsageError for an unknown one, NotReady if it fails."""
        planted = chosen(flaws)
        folders.sweep()
        ports = Ports(*free_ports(7))
        settings = Settings(
            port=ports.app,
            stats_port=ports.stats,
            database=conninfo(ports.db, ROLE),
            cache=url(ports.cache),
            queue=url(ports.queue),
            relay_port=ports.relay,
            services=f"http://127.0.0.1:{ports.services}",
            secret=secrets.token_hex(16),
        )
        lab = cls(folders.make(), ports, settings, planted)
        atexit.register(lab.down)
        try:
            lab._start_servers(say)
            lab._start_product(say)
        except BaseException:
            lab.down()
            raise
        return lab

    @property
    def target(self) -> Target:
        """The lab as a target; read it again after `fix`, which replaces processes."""
        ports = self.ports
        return Target(
            name="lab",
            url=f"http://127.0.0.1:{ports.app}",
            lab=True,
            flaws=self.planted,
            disposable=True,
            marker="SELECT may_be_load_tested FROM rampart_marker",
            postgres=conninfo(ports.db),
            app_stats=f"http://127.0.0.1:{ports.stats}/stats",
            redis=(RedisServer("cache", url(ports.cache)), RedisServer("queue", url(ports.queue))),
            queues=(Queue("default", "rq", url(ports.queue)),),
            processes=tuple(ProcessMatch(child.role, pid=child.pid) for child in self.children),
            seed=Seed(seeder="lab"),
        )

    def fix(self, flaw: str) -> None:
        """Mend a planted flaw while all else runs on; once mended, nothing happens. UsageError if it is not planted."""
        name = chosen([flaw])[0]
        if name not in self.planted:
            raise UsageError(f"{flaw} cannot be fixed", "this lab was started without it", "Name a planted flaw.")
        if name in self.mended:
            return
        self.mended.add(name)
        remedy = FLAWS[name]
        run_sql(conninfo(self.ports.db, ROLE), remedy.mended_by)
        if remedy.settings:
            self._restart_app()
        if remedy.workers is not None:
            self._start_workers()
            self._await_workers()

    def down(self) -> None:
        """End every child and remove the data; may be called again."""
        atexit.unregister(self.down)
        stop(self.children)
        self.children.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.down()

    @property
    def _flaws(self) -> list[str]:
        return [name for name in self.planted if name not in self.mended]

    def _start_servers(self, say: Callable[[str], None]) -> None:
        say("starting Postgres, two Valkeys, a mail relay")
        ports, folder = self.ports, self.folder
        cache = start_valkey("cache", folder, ports.cache, max_memory="256mb", policy="allkeys-lru")
        self.children.append(cache)
        queue = start_valkey("queue", folder, ports.queue, max_memory="512mb", policy="noeviction")
        self.children.append(queue)
        outside = python("lab.outside", str(ports.relay), str(ports.services))
        self.children.append(start("outside", outside, folder / "outside.log"))
        self.children.append(start_postgres(folder, ports.db))
        await_valkey(cache, ports.cache)
        await_valkey(queue, ports.queue)
        create_schema(ports.db, [sql for name in self._flaws for sql in FLAWS[name].broken_by])

    def _start_product(self, say: Callable[[str], None]) -> None:
        say("starting the product and its workers")
        self._start_workers()
        self._start_app()
        outside = next(child for child in self.children if child.role == "outside")
        await_ready(outside, lambda: outside.listens(self.ports.services), START_S)
        self._await_workers()

    def _await_workers(self) -> None:
        with redis.Redis.from_url(self.settings.queue) as queue:
            workers = [child for child in self.children if child.role == "worker"]
            for worker in workers:
                await_ready(worker, lambda: int(queue.scard("rq:workers")) >= len(workers), START_S)

    def _start_app(self) -> None:
        child = start("app", python("lab.app.server"), self.folder / "app.log", environment=self._environment())
        self.children.append(child)
        address = f"http://127.0.0.1:{self.ports.app}/healthz"
        await_ready(child, lambda: child.listens(self.ports.app) and _answers(address), START_S)

    def _restart_app(self) -> None:
        old = next(child for child in self.children if child.role == "app")
        stop([old], gently=True, seconds=4.0)
        self.children.remove(old)
        self._start_app()

    def _start_workers(self) -> None:
        running = sum(child.role == "worker" for child in self.children)
        for number in range(running + 1, self._workers() + 1):
            log = self.folder / f"worker-{number}.log"
            self.children.append(start("worker", python("lab.app.worker"), log, environment=self._environment()))

    def _workers(self) -> int:
        counts = [FLAWS[name].workers for name in self._flaws]
        return min((count for count in counts if count is not None), default=HEALTHY_WORKERS)

    def _environment(self) -> dict[str, str]:
        changed = {name: value for flaw in self._flaws for name, value in FLAWS[flaw].settings.items()}
        return replace(self.settings, **changed).environment()  # type: ignore[arg-type]


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
