"""What lies outside of a strange application is named: a long way to its database, a table that somebody else locks."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from commands.main import main
from probes._sockets import sockets
from rampart.processes import start_child
from tests.integration.conftest import Cluster, await_true, free_port, stop

pytestmark = [pytest.mark.alone, pytest.mark.acceptance]
DESK = Path(__file__).parent / "desk"


@contextmanager
def far(postgres: Cluster) -> Iterator[int]:
    """A port from which the database is 10 ms away."""
    port = free_port()
    relay = start_child([sys.executable, "-m", "lab.delay_proxy", str(port), str(postgres.port), "10"])
    try:
        await_true(lambda: any(one.listens and one.local_port == port for one in sockets()))
        relay.send_signal(signal.SIGUSR1)
        yield port
    finally:
        stop(relay)


@contextmanager
def locked(postgres: Cluster) -> Iterator[int]:
    """The database itself, one of whose tables somebody locks for nine tenths of the time, and works meanwhile."""
    over = threading.Event()

    def lock() -> None:
        with postgres.connect("desk") as connection:
            while not over.is_set():
                connection.execute("BEGIN; LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
                connection.execute("SELECT pg_sleep(0.3)")
                connection.execute("COMMIT")
                time.sleep(0.03)

    thread = threading.Thread(target=lock)
    thread.start()
    try:
        yield postgres.port
    finally:
        over.set()
        thread.join()


@pytest.fixture
def database(postgres: Cluster) -> Iterator[Cluster]:
    with postgres.connect() as connection:
        connection.execute("DROP DATABASE IF EXISTS desk WITH (FORCE)")
        connection.execute("CREATE DATABASE desk")
    with postgres.connect("desk") as connection:
        connection.execute((DESK / "schema.sql").read_bytes())
    yield postgres


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("around", "finding", "about"), [(far, "network", "way"), (locked, "lock-contention", "people")]
)
def test_a_cause_outside_of_the_application_is_named(
    database: Cluster, tmp_path: Path, capfd: pytest.CaptureFixture[str], around: object, finding: str, about: str
) -> None:
    assert callable(around)
    with ExitStack() as stack:
        at = stack.enter_context(around(database))
        port, log = free_port(), stack.enter_context((tmp_path / "app.log").open("wb"))
        command = [sys.executable, "-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--port", str(port)]
        direct = database.conninfo("desk")
        dsn = direct.replace(f"port={database.port}", f"port={at}")
        application = start_child(command, cwd=DESK, stdout=log, stderr=log, env={**os.environ, "DESK_DSN": dsn})
        stack.callback(stop, application)
        url = f"http://127.0.0.1:{port}"
        await_true(lambda: _answers(url))
        target = tmp_path / "desk.toml"
        target.write_text(
            f'name = "desk"\nurl = "{url}"\npostgres = "{direct}"\n'
            f'[load]\nscenario = "{DESK / "agents.py"}"\nmax_users = 200\n'
        )
        main(["ramp", "--target", str(target), "--quick", "--minutes", "1.6", "--runs", str(tmp_path)])
    out = capfd.readouterr().out
    verdict = json.loads(next(tmp_path.glob("*/verdict.json")).read_text())
    if verdict["outcome"] == "invalid":
        pytest.skip(f"others load this machine: {verdict['sentence']}")
    assert verdict["first"] is not None and verdict["first"]["id"] == finding, (verdict["sentence"], out)
    assert about in verdict["first"]["resource"]


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/tickets/1", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
