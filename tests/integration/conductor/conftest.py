"""A system that Rampart has never seen: its own schema, its own application, its own users, and a target file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from rampart.processes import start_child
from rampart.runs import Run
from tests.integration.conftest import Cluster, await_true, free_port, stop

SHOP = Path(__file__).parent / "shop"


@dataclass(frozen=True)
class Interrupted:
    """A ramp that was ended by Ctrl-C when its first stage had ended."""

    run: Run
    code: int
    out: str
    load_ended_s: float  # from Ctrl-C to the end of the last process of the load
    left: int  # processes of it that go on


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


@pytest.fixture(scope="session")
def interrupted(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Interrupted:
    """One for all tests that read what such a ramp leaves behind."""
    return interrupt(["--target", str(shop)], tmp_path_factory.mktemp("interrupted"))


def interrupt(words: list[str], runs: Path) -> Interrupted:
    """Start a ramp as its own process and end it by Ctrl-C once its first stage has ended."""
    with start_ramp(words, runs) as process:
        try:
            await_true(lambda: ramp_stages(runs) >= 1, 100)
            everything = descendants(process.pid)
            load = [p for p in everything if "launch.py" in " ".join(p.cmdline())]
            assert load
            asked = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert running(load, 5) == []
            took = time.monotonic() - asked
            out, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    (folder,) = runs.iterdir()
    return Interrupted(Run.open(folder), process.returncode, out, took, len(running(everything, 1)))


def start_ramp(words: list[str], runs: Path) -> subprocess.Popen[str]:
    """A ramp as its own process."""
    command = [sys.executable, "-m", "commands.main", "ramp", "--quick", *words, "--runs", str(runs)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def running(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that still run after so long."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def ramp_stages(runs: Path) -> int:
    """Ramp stages that have ended in the only run."""
    lines = [line for path in runs.glob("*/stages.jsonl") for line in path.read_text().splitlines()]
    return sum('"profile"' not in line for line in lines)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/products/1", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
