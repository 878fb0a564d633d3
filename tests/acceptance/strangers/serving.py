"""A strange system that runs: Postgres, an application behind gunicorn, and the target file that Rampart is given."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg

from benchmarks._seed_applications import interpreter, made, requests
from benchmarks._seed_server import Server, postgres
from rampart.processes import start_child
from seeders.multiply.multiply import multiply
from tests.acceptance.strangers.cases import PATHS, Case
from tests.integration.conftest import await_true, free_port, stop

_HERE = Path(__file__).parent
_APPLICATIONS = Path(__file__).parents[2] / "integration" / "seeders" / "multiply" / "applications"
_GUNICORN = {"workers": 2, "worker_class": "gthread", "threads": 4, "timeout": 60, "loglevel": "warning"}
_RELAY = 2525  # a relay is known by its port
_TARGET = """
name = "{name}"
url = "{url}"
postgres = "env:STRANGER_DSN"
[load]
scenario = "{scenario}"
max_users = 400
"""


@contextmanager
def served(case: Case, folder: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """The target file of a running system, and the environment that it and its scenario need."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres("shared_preload_libraries=pg_stat_statements", *case.postgres))
        conninfo = made(server, case.application)
        multiply(conninfo, requests(case.tenants)[case.application], lambda _share, _text: None)
        paths = _prepared(conninfo, case)
        (folder / "paths.txt").write_text("\n".join(paths))
        outside, port = free_port(), free_port()
        stack.enter_context(_child([sys.executable, "-m", "lab.outside", str(_RELAY), str(free_port())], folder, {}))
        stack.enter_context(_child([sys.executable, str(_HERE / "licences.py"), str(outside)], folder, {}))
        stack.enter_context(_application(server, case, folder, port, f"http://127.0.0.1:{outside}/"))
        url = f"http://127.0.0.1:{port}"
        await_true(lambda: _answers(url + paths[0]), 30)
        target = folder / f"{case.name}.toml"
        target.write_text(_TARGET.format(name=case.name, url=url, scenario=_HERE / case.scenario))
        yield target, {"STRANGER_DSN": conninfo, "STRANGER_PATHS": str(folder / "paths.txt")}


def _prepared(conninfo: str, case: Case) -> list[str]:
    """What the mistake needs is done; some pages to look at."""
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        for statement in (case.sql, "VACUUM ANALYZE"):
            if statement:
                connection.execute(statement.encode())
        rows = connection.execute(f"{PATHS[case.application]} ORDER BY random() LIMIT 1000".encode()).fetchall()
    return [path for (path,) in rows]


def _application(server: Server, case: Case, folder: Path, port: int, outside: str) -> AbstractContextManager[None]:
    chosen = {**_GUNICORN, **case.gunicorn, "bind": f"127.0.0.1:{port}"}
    mistakes = {"middleware": case.middleware, "database": dict(case.database)}
    environment = {"PGPORT": str(server.port), "PGDATABASE": case.application, "MISTAKES": json.dumps(mistakes)}
    environment |= {"OUTSIDE": outside, "RELAY": str(_RELAY)}
    source = _APPLICATIONS / f"{case.application}.py"
    return _child([str(interpreter()), "-W", "ignore", str(source), "serve", json.dumps(chosen)], folder, environment)


@contextmanager
def _child(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """A process that ends with us, its output in a file of the folder; gunicorn ends its own on SIGTERM."""
    with (folder / "served.log").open("ab") as log:
        child = start_child(command, farewell=signal.SIGTERM, env={**os.environ, **environment}, stdout=log, stderr=log)
    try:
        yield
    finally:
        stop(child)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, timeout=20).status_code < 400
    except httpx.HTTPError:
        return False
