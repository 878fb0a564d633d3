"""How long the way to the database is, read off the connections of a real application: direct, and behind a relay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from probes._probe import NotConfigured
from probes._sockets import sockets
from probes.outside import PROBE as OUTSIDE
from probes.round_trips import PROBE
from rampart.config import ProcessMatch
from tests.integration.conftest import Cluster, await_true, free_port, spawn, stop

DELAY_MS = 40
# Listens as an application does, and sends the database three statements in turn for each line that it is told.
ASKER = """
import socket, sys
import psycopg
served = socket.create_server(("127.0.0.1", int(sys.argv[1])))
connection = psycopg.connect(sys.argv[2], autocommit=True)
for line in sys.stdin:
    for _ in range(3):
        connection.execute("SELECT 1")
    print("done", flush=True)
"""
# A service that listens, and asks the same database for something else than it is asked for.
SERVICE = """
import socket, sys
import psycopg
served = socket.create_server(("127.0.0.1", int(sys.argv[1])))
connection = psycopg.connect(sys.argv[2], autocommit=True)
client = served.accept()[0]
while client.recv(100):
    connection.execute("SELECT repeat('x', 5000)")
"""


@dataclass
class Application:
    """An application on a port of its own, and what it is told."""

    port: int
    process: subprocess.Popen[bytes]

    def asks(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == b"done\n"


@pytest.fixture
def start(postgres: Cluster, tmp_path: Path) -> Iterator[Callable[[int], Application]]:
    """Starts an application that reaches the database at a port."""
    with ExitStack() as stack:

        def started(at: int) -> Application:
            own = free_port()
            there = postgres.conninfo("postgres").replace(str(postgres.port), str(at))
            command = [sys.executable, "-c", ASKER, str(own), there]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path)
            stack.callback(stop, process)
            await_true(lambda: listens(own))
            return Application(own, process)

        yield started


@pytest.fixture
def relay(postgres: Cluster, tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A relay before the database that keeps nothing back yet."""
    port = free_port()
    command = [sys.executable, "-m", "lab.delay_proxy", str(port), str(postgres.port), str(DELAY_MS)]
    process = subprocess.Popen(command)
    await_true(lambda: listens(port))
    yield port, process
    stop(process)


def listens(port: int) -> bool:
    return any(one.listens and one.local_port == port for one in sockets())


def shortest(probe: Any, application: Application) -> float:
    """What the probe reads once the application has had its answers."""
    probe.read()
    application.asks()
    found: list[float] = []
    await_true(lambda: bool(found.extend(r.value for r in probe.read().readings) or found))
    return found[0]


def test_a_long_way_shows_and_a_short_one_does_not(
    watch: Callable[..., Any], postgres: Cluster, relay: tuple[int, subprocess.Popen[bytes]],
    start: Callable[[int], Application],
) -> None:  # fmt: skip
    port, process = relay
    application = start(port)
    match = ProcessMatch("app", port=application.port)
    probe = watch(PROBE, postgres=postgres.conninfo("postgres"), processes=(match,))
    application.asks()  # a relay is known by what went through it
    near = shortest(probe, application)
    os.kill(process.pid, signal.SIGUSR1)
    application.asks()
    far = shortest(probe, application)
    assert near < DELAY_MS / 2 < 0.8 * DELAY_MS <= far, (near, far)
    assert watch(OUTSIDE, postgres=postgres.conninfo("postgres"), processes=(match,)).read()("outside.waiting") == 0


def test_a_service_that_uses_the_same_database_is_no_way_to_it(
    watch: Callable[..., Any], postgres: Cluster, tmp_path: Path
) -> None:
    port, own = free_port(), free_port()
    caller = (
        "import socket, sys\n"
        "served = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
        "call = socket.create_connection(('127.0.0.1', int(sys.argv[2])))\n"
        "call.sendall(b'please')\nserved.accept()\n"
    )
    with ExitStack() as stack:
        service = spawn([sys.executable, "-c", SERVICE, str(port), postgres.conninfo("postgres")], tmp_path / "s.log")
        stack.callback(stop, service)
        await_true(lambda: listens(port))
        stack.callback(stop, spawn([sys.executable, "-c", caller, str(own), str(port)], tmp_path / "c.log"))
        await_true(lambda: listens(own))
        match = ProcessMatch("app", port=own)
        probe = watch(OUTSIDE, postgres=postgres.conninfo("postgres"), processes=(match,))
        await_true(lambda: probe.read()("outside.waiting", service=f"127.0.0.1:{port}") == 1)


def test_without_an_application_here_there_is_no_way_to_read(watch: Callable[..., Any], postgres: Cluster) -> None:
    with pytest.raises(NotConfigured):
        watch(PROBE, postgres=postgres.conninfo("postgres"), processes=(ProcessMatch("db", port=postgres.port),))
