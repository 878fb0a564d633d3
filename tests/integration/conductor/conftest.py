"""A system that Rampart has never seen: its own schema, its own application, its own users, and a target file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rampart.processes import start_child
from tests.integration.conftest import Cluster, await_true, free_port, stop

SHOP = Path(__file__).parent / "shop"


@pytest.fixture(scope="session")
def shop(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The target file of a running shop; its DSN is in the environment as SHOP_DSN."""
    with postgres.connect() as connection:
        connection.execute("CREATE DATABASE shop")
    with postgres.connect("shop") as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute((SHOP / "schema.sql").read_bytes())
    port, folder = free_port(), tmp_path_factory.mktemp("shop")
    os.environ["SHOP_DSN"] = postgres.conninfo("shop")
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "app:app",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-access-log",
    ]
    with (folder / "app.log").open("wb") as log:
        app = start_child(command, cwd=SHOP, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    await_true(lambda: _answers(url))
    target = folder / "shop.toml"
    target.write_text(
        f'name = "shop"\nurl = "{url}"\npostgres = "env:SHOP_DSN"\n'
        f'[load]\nscenario = "{SHOP / "buyers.py"}"\nmax_users = 300\n'
    )
    yield target
    stop(app)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/products/1", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
