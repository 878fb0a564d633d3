"""A load that is ended loses nothing: its rows, and the count that they are reconciled with, go to its last moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pytest

from conductor.load_process import LoadProcess
from rampart.runs import Clock, Run
from rampart.tables import read_batches
from rampart.target_file import read_target

pytestmark = pytest.mark.alone

SCENARIO = """
from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant({think_s})

    @task(1000)
    def look(self):
        self.client.get("/")

    @task(1)
    def buy(self):
        self.client.get("/buy")
"""


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def _table(run: Run, pattern: str) -> pa.Table:
    (path,) = run.folder.glob(pattern)
    return pa.Table.from_batches(list(read_batches(path)))


@contextmanager
def _load(folder: Path, think_s: float) -> Iterator[tuple[LoadProcess, Run, Clock]]:
    """A load of one user that has sent its first request."""
    (folder / "visits.py").write_text(SCENARIO.format(think_s=think_s))
    with _server() as url:
        target = folder / "target.toml"
        target.write_text(f'name = "small"\nurl = "{url}"\n[load]\nscenario = "{folder}/visits.py"\n')
        run, clock = Run.create(folder, "small", {})
        load = LoadProcess(run, clock, read_target(target), None, {})
        try:
            assert _seen(load, 30)
            yield load, run, clock
        finally:
            load.end()


def _seen(load: LoadProcess, seconds: float) -> int:
    """Requests of the first live line that has some; 0 where none came in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if requests := sum(line["requests"] for line in load.news()):
            return int(requests)
        time.sleep(0.05)
    return 0


def test_the_last_second_of_a_load_is_counted_and_recorded(tmp_path: Path) -> None:
    with _load(tmp_path, 0.02) as (_, run, clock):
        time.sleep(0.5)  # into a second of which nothing is written yet
        asked = clock.now()
    readings = _table(run, "readings-generator-*.arrow").to_pylist()
    counted = [row for row in readings if row["metric"] == "generator.requests"]
    requests = _table(run, "requests-*.arrow")
    assert counted[-1]["at"] >= asked
    assert requests.num_rows == counted[-1]["value"] > counted[0]["value"]
    assert asked - max(requests["start"].to_pylist()) < 0.4


def test_a_user_who_thinks_when_a_profile_begins_does_not_think_on(tmp_path: Path) -> None:
    with _load(tmp_path, 600) as (load, run, clock):
        asked = clock.now()
        load.steer(users=1, spawn_rate=1, task="buy")
        assert _seen(load, 10) > 1
    bought = [row for row in _table(run, "requests-*.arrow").to_pylist() if row["endpoint"] == "GET /buy"]
    assert len(bought) > 1
    assert bought[0]["start"] - asked < 1
