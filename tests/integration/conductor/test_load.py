"""A load that is ended loses nothing: its rows, and the count that they are reconciled with, go to its last moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa

from rampart.conductor.load import LoadProcess
from rampart.config import read_target
from rampart.runs import Run, read_batches

SCENARIO = """
from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(0.02)

    @task
    def look(self):
        self.client.get("/")
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


def test_the_last_second_of_a_load_is_counted_and_recorded(tmp_path: Path) -> None:
    (tmp_path / "visits.py").write_text(SCENARIO)
    with _server() as url:
        target = tmp_path / "target.toml"
        target.write_text(f'name = "small"\nurl = "{url}"\n[load]\nscenario = "{tmp_path}/visits.py"\n')
        run, clock = Run.create(tmp_path, "small", {})
        load = LoadProcess(run, clock, read_target(target), None, {})
        try:
            deadline = time.monotonic() + 30
            while sum(line["requests"] for line in load.news()) == 0 and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.5)  # into a second of which nothing is written yet
            asked = clock.now()
        finally:
            load.end()
    readings = _table(run, "readings-generator-*.arrow").to_pylist()
    counted = [row for row in readings if row["metric"] == "generator.requests"]
    requests = _table(run, "requests-*.arrow")
    assert counted[-1]["at"] >= asked
    assert requests.num_rows == counted[-1]["value"] > counted[0]["value"]
    assert asked - max(requests["start"].to_pylist()) < 0.4
