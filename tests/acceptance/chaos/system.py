"""The target of a pair: the product, its Postgres and its Valkey, as children of this process, and its target files."""

from __future__ import annotations

import json
import shutil
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from lab.child import ROOT, Child, python, start, stop
from lab.ports import Reserved
from lab.postgres import SCHEMA as LAB_SCHEMA
from lab.postgres import Cluster, conninfo, end_well, make_cluster, serve
from lab.valkey import await_valkey, start_valkey
from lab.valkey import url as cache_url
from tests.integration.conftest import await_true

_HERE = Path(__file__).parent
_RECORDING = ROOT / "tests" / "recordings" / "missing-index"
_SCHEMA = """
CREATE TABLE orders (id bigserial PRIMARY KEY, customer int NOT NULL, amount int NOT NULL);
INSERT INTO orders (customer, amount) SELECT n % 500, n FROM generate_series(1, 20000) n
"""
_APPLY, _UNDO = "CREATE INDEX orders_by_customer ON orders (customer)", "DROP INDEX IF EXISTS orders_by_customer"
_SEEDED = "SELECT count(*) FROM pg_tables WHERE tablename = 'rampart_seed'"
# What a database consists of; the entries of the seeder's own table are told apart.
_OBJECTS = """
SELECT 'table ' || oid::regclass FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm')
UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON oid = indexrelid
          WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'key ' || conname || ' of ' || conrelid::regclass FROM pg_constraint
          WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger ' || tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'extension ' || extname FROM pg_extension
UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'role ' || rolname FROM pg_roles
UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots
UNION ALL SELECT 'prepared ' || gid FROM pg_prepared_xacts"""


@dataclass
class System:
    """All parts are up, unless a fault has taken one down."""

    folder: Path  # of its own
    reserved: Reserved
    cluster: Cluster
    database: Child
    cache: Child
    app: Child

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(self.reserved.ports)

    @property
    def dsn(self) -> str:
        return conninfo(self.cluster.port, database="postgres")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[1]}"

    def behave(self, mode: str = "well") -> None:
        (self.folder / "mode").write_text(mode)

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.dsn, autocommit=True, connect_timeout=5, application_name="onlooker") as connection:
            return connection.execute(sql.encode()).fetchall()

    def objects(self) -> set[str]:
        return {str(name) for (name,) in self.ask(_OBJECTS)}

    def seeded(self) -> dict[str, list[object]]:
        """The entries of `rampart_seed` by kind; empty where there is no such table."""
        if self.ask(_SEEDED) == [(0,)]:
            return {}
        found: dict[str, list[object]] = {}
        for kind, value in self.ask("SELECT kind, value FROM rampart_seed"):
            found.setdefault(str(kind), []).append(value)
        return found

    def answers(self) -> list[float]:
        """When each exchange ended (`time.monotonic()`)."""
        data = (self.folder / "answers").read_bytes()
        return [at for (at,) in struct.iter_unpack("d", data[: len(data) // 8 * 8])]

    def restart_app(self, seconds_down: float) -> None:
        stop([self.app])
        time.sleep(seconds_down)
        self.app = _start_app(self.folder, self.ports, self.dsn)

    def restart_database(self) -> None:
        if self.database.process.poll() is None:
            end_well(self.database)
        self.database = serve(self.cluster)

    def restart_cache(self, seconds_down: float) -> None:
        stop([self.cache])
        time.sleep(seconds_down)
        self.cache = _start_cache(self.folder, self.ports[2])

    @property
    def parts(self) -> tuple[Child, ...]:
        return self.app, self.database, self.cache


@contextmanager
def running(folder: Path) -> Iterator[System]:
    """A system whose data and log lie below `folder`."""
    folder.chmod(0o755)
    reserved = Reserved(3)
    (folder / "mode").write_text("well")
    cluster = make_cluster(folder, reserved.ports[0], {"fsync": "off"})
    database = serve(cluster)
    dsn = conninfo(cluster.port, database="postgres")
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute(_SCHEMA.encode())
        connection.execute(LAB_SCHEMA.read_bytes())
        connection.execute("ANALYZE")
    cache = _start_cache(folder, reserved.ports[2])
    app = _start_app(folder, tuple(reserved.ports), dsn)
    system = System(folder, reserved, cluster, database, cache, app)
    try:
        _write_files(system)
        yield system
    finally:
        stop(system.parts)
        reserved.release()


def _start_cache(folder: Path, port: int) -> Child:
    cache = start_valkey("cache", folder, port, max_memory="64mb", policy="allkeys-lru")
    await_valkey(cache, port)
    return cache


def _start_app(folder: Path, ports: tuple[int, ...], dsn: str) -> Child:
    command = python("tests.acceptance.chaos.product", str(ports[1]), dsn, cache_url(ports[2]), str(folder))
    app = start("app", command, folder / "app.log")
    await_true(lambda: app.listens(ports[1]), 20)
    return app


def _write_files(system: System) -> None:
    """The target file, the one for seeding, the commands of the remedy, and a run that names a missing index."""
    folder = system.folder
    script = folder / "remedy.py"
    script.write_text(
        "import sys\nimport psycopg\n"
        f"with psycopg.connect({system.dsn!r}, autocommit=True) as c:\n    c.execute(sys.argv[1])\n"
    )
    remedy = {name: json.dumps(f"{sys.executable} {script} '{sql}'") for name, sql in
              (("apply", _APPLY), ("undo", _UNDO))}  # fmt: skip
    common = (
        f'name = "chaos"\nurl = "{system.url}"\npostgres = "{system.dsn}"\ndisposable = true\n'
        f'[[redis]]\nrole = "cache"\nurl = "{cache_url(system.ports[2])}"\n'
        f'[[remedies]]\nfinding = "missing-index"\napply = {remedy["apply"]}\nundo = {remedy["undo"]}\n'
        f'[load]\nscenario = "{_HERE / "shoppers.py"}"\nmax_users = 60\n'
    )
    (folder / "target.toml").write_text(common)
    (folder / "seeded.toml").write_text(common + '[seed]\nseeder = "lab"\nyes_this_database = true\n')


def known_run(system: System, runs: Path) -> Path:
    """A run of this target that names a missing index, for `confirm`: a recording under the target's name."""
    folder = runs / "2026-11-01T0000-chaos"
    shutil.copytree(_RECORDING, folder)
    about = json.loads((folder / "run.json").read_text())
    about["target"] = {**about.get("target", {}), "name": "chaos", "url": system.url}
    about["clock"] = {"origin_monotonic": 0.0, "origin_wall": 0.0}
    (folder / "run.json").write_text(json.dumps(about))
    return folder
