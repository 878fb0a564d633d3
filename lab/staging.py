"""The lab: Postgres, two Valkeys, the outside world, the product and its workers, as children of this process."""

from __future__ import annotations

import atexit
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

from lab import folder as folders
from lab import pgbouncer, product
from lab.app.settings import Settings
from lab.child import Child, await_ready, python, start, stop
from lab.configuration import Condition, condition
from lab.ports import Ports, Reserved, core, free_ports
from lab.postgres import ROLE, Cluster, configure, conninfo, create_schema, end_well, make_cluster, run_sql, serve
from lab.profiles import chosen
from lab.profiles import flaw as flaw_of
from lab.replica import make_replica
from lab.valkey import await_valkey, start_valkey, url
from lab.valkey import configure as configure_valkey
from rampart.config import Marker, ProcessMatch, Queue, RedisServer, Seed, Target
from rampart.errors import UsageError


def _silent(_: str) -> None:
    pass


@dataclass(slots=True)
class Lab:
    """A staging system of our own, up from `up` to `down`; a context manager."""

    folder: Path
    ports: Ports
    settings: Settings  # of the healthy product
    planted: tuple[str, ...]
    reserved: Reserved
    mended: set[str] = field(default_factory=set)  # of those in `planted`
    cluster: Cluster | None = None
    replica: Cluster | None = None
    children: list[Child] = field(default_factory=list)

    @classmethod
    def up(cls, *, flaws: Sequence[str] = (), say: Callable[[str], None] = _silent) -> Lab:
        """A running lab with the flaws (or profiles) named; UsageError for an unknown one, NotReady if it fails."""
        planted = chosen(flaws)
        folders.sweep(say)
        reserved = Reserved(8)
        ports = Ports(*reserved.ports)
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
        lab = cls(folders.make(), ports, settings, planted, reserved)
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
            flaws=self.in_force,
            disposable=True,
            marker=Marker(sql="SELECT may_be_load_tested FROM rampart_marker"),
            postgres=conninfo(ports.db),
            replica=None if self.replica is None else conninfo(self.replica.port),
            pgbouncer=None if self._condition().pooler is None else pgbouncer.console(ports.pooler),
            app_stats=f"http://127.0.0.1:{ports.stats}/stats",
            redis=(RedisServer("cache", url(ports.cache)), RedisServer("queue", url(ports.queue))),
            queues=(Queue("default", "rq", url(ports.queue)),),
            processes=tuple(ProcessMatch(child.role, pid=child.pid) for child in self.children),
            seed=Seed(seeder="lab"),
        )

    def fix(self, flaw: str) -> None:
        """Mend a planted flaw while all else runs on; once mended, nothing happens. UsageError if it is not planted."""
        name = self._planted(flaw)
        if name in self.mended:
            return
        before = self._condition()
        self.mended.add(name)
        run_sql(conninfo(self.ports.db, ROLE), flaw_of(name).mended_by)
        self._change(before, self._condition())

    def plant(self, flaw: str) -> None:
        """Break again what was mended, as it was at the start; nothing happens where it is in force."""
        name = self._planted(flaw)
        if name not in self.mended:
            return
        before = self._condition()
        self.mended.remove(name)
        run_sql(conninfo(self.ports.db, ROLE), (*flaw_of(name).broken_by, *flaw_of(name).grown_by))
        self._change(before, self._condition())

    def _planted(self, flaw: str) -> str:
        bare = chosen([flaw])[0].partition(":")[0]
        for name in self.planted:
            if name.partition(":")[0] == bare:
                return name
        raise UsageError(f"{flaw} cannot be fixed", "this lab was started without it", "Name a planted flaw.")

    def down(self) -> None:
        """End every child and remove the data; may be called again."""
        atexit.unregister(self.down)
        stop(self.children)
        self.children.clear()
        self.reserved.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.down()

    @property
    def in_force(self) -> tuple[str, ...]:
        """The flaws that are planted and not mended."""
        return tuple(name for name in self.planted if name not in self.mended)

    def _condition(self) -> Condition:
        return condition(map(flaw_of, self.in_force), map(flaw_of, self.mended))

    def _start_servers(self, say: Callable[[str], None]) -> None:
        say("starting Postgres, two Valkeys, a mail relay")
        ports, folder, now = self.ports, self.folder, self._condition()
        if now.pooler is not None:
            pgbouncer.installed()  # before anything else is started
        cache = start_valkey("cache", folder, ports.cache, max_memory=now.cache_memory, policy="allkeys-lru")
        self.children.append(cache)
        self._start_queue()
        outside = python("lab.outside", str(ports.relay), str(ports.services))
        self.children.append(start("outside", outside, folder / "outside.log"))
        self.cluster = make_cluster(folder, ports.db, now.postgres)
        self.children.append(serve(self.cluster, core=core(0) if now.own_core else -1))
        if now.pooler is not None:
            self.children.append(pgbouncer.start_pgbouncer(folder, ports.pooler, ports.db, now.pooler))
        await_valkey(cache, ports.cache)
        create_schema(ports.db, [sql for name in self.in_force for sql in flaw_of(name).broken_by])
        if now.replica is not None:
            self._start_replica(now)

    def _start_replica(self, now: Condition) -> None:
        assert self.cluster is not None
        self.replica = make_replica(self.cluster, self.folder, free_ports(1)[0], now.replica or {})
        self.children.append(serve(self.replica, "replica", core(1) if now.own_core else -1))
        self.settings = replace(self.settings, read_database=conninfo(self.replica.port, ROLE))

    def _start_queue(self) -> None:
        port, on_disk = self.ports.queue, self._condition().queue_on_disk
        server = start_valkey("queue", self.folder, port, max_memory="512mb", policy="noeviction", on_disk=on_disk)
        self.children.append(server)
        await_valkey(server, port)

    def _start_product(self, say: Callable[[str], None]) -> None:
        say("starting the product and its workers")
        self._start_workers()
        self._start_app()
        outside = self._of("outside")[0]
        await_ready(outside, lambda: outside.listens(self.ports.services), product.START_S)
        self._await_workers()

    def _change(self, before: Condition, after: Condition) -> None:
        """Bring what runs from one condition to another."""
        if before.cache_memory != after.cache_memory:
            configure_valkey(self.ports.cache, max_memory=after.cache_memory)
        if before.queue_on_disk != after.queue_on_disk:
            configure_valkey(self.ports.queue, on_disk=after.queue_on_disk)
        if before.pooler != after.pooler:
            pgbouncer.configure(self.ports.pooler, before.pooler or {}, after.pooler or {})
        if self.replica is not None and before.replica != after.replica:
            configure(self.replica.port, before.replica or {}, after.replica or {})
        restart = before.postgres != after.postgres and configure(self.ports.db, before.postgres, after.postgres)
        work = before.workers != after.workers or before.job_settings != after.job_settings
        if restart or before.settings != after.settings or before.app_processes != after.app_processes:
            self._end("app")
        if restart or after.workers < before.workers or before.job_settings != after.job_settings:
            self._end("worker")
        if restart:
            self._restart_database()
        if not self._of("app"):
            self._start_app()
        if restart or work:
            self.revive()

    def revive(self) -> None:
        """Start workers and the queue's server where they have ended, as a supervisor would."""
        if not self._of("queue"):
            self._start_queue()
        self._start_workers()
        self._await_workers()

    def _restart_database(self) -> None:
        assert self.cluster is not None
        (server,) = self._of("db")
        end_well(server)
        self.children.remove(server)
        self.children.append(serve(self.cluster, core=core(0) if self._condition().own_core else -1))

    def _of(self, role: str) -> list[Child]:
        return [child for child in self.children if child.role == role]

    def _end(self, role: str) -> None:
        """End all processes of a role, letting them finish what they do."""
        stop(self._of(role), gently=True, seconds=4.0)
        self.children = [child for child in self.children if child.role != role]

    def _await_workers(self) -> None:
        product.await_workers(self.settings, self._of("worker"))

    def _start_app(self) -> None:
        begun = product.start_app(self.folder, self.ports, self.settings, self._condition())
        self.children += begun
        product.await_app(self.ports, begun)

    def _start_workers(self) -> None:
        running = len(self._of("worker"))
        self.children += product.start_workers(self.folder, self.settings, self._condition(), running)
