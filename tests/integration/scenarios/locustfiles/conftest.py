"""A small target that answers any path, also as a stream, and loads of it that are driven directly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conductor.load_process import LoadProcess
from rampart.config import LoadSettings, Target
from rampart.runs import Clock, Run
from rampart.tables import read_batches

STREAM_S = 0.5  # how long /stream takes to its end
LOCUSTFILES = Path(__file__).parent / "given"


class AnyPath(BaseHTTPRequestHandler):
    """JSON for any path; /stream is five lines in half a second, /forever never ends."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path in ("/stream", "/forever"):
            self._stream(5 if self.path == "/stream" else 10**6)
        else:
            body = json.dumps({"path": self.path}).encode()
            self._begin(str(len(body)))
            self.wfile.write(body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _stream(self, lines: int) -> None:
        self._begin(None)
        with suppress(OSError):
            for line in range(lines):
                data = f"data: {line}\n\n".encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()
                time.sleep(STREAM_S / 5)
            self.wfile.write(b"0\r\n\r\n")

    def _begin(self, length: str | None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if length else "text/event-stream")
        self.send_header(*(("Content-Length", length) if length else ("Transfer-Encoding", "chunked")))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def any_path() -> Iterator[str]:
    """The url of the small target."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), AnyPath)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@dataclass
class Driven:
    """A load that goes on, and what it has said."""

    load: LoadProcess
    run: Run
    clock: Clock
    said: list[str] = field(default_factory=list)  # while it ended
    seconds: list[dict[str, Any]] = field(default_factory=list)

    def listen(self, until: Callable[[], bool], seconds: float = 20.0) -> bool:
        """Take in what it says until something is true; False where that did not come."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.seconds += self.load.news()
            if until():
                return True
            time.sleep(0.05)
        return False

    @property
    def requests(self) -> int:
        return sum(line.get("requests", 0) for line in self.seconds)

    @property
    def users(self) -> int:
        return int(self.seconds[-1]["users"]) if self.seconds else 0

    def rows(self) -> list[dict[str, Any]]:
        """All requests that were recorded, in the order in which they ended."""
        found = [row for path in self.run.folder.glob("requests-*.arrow") for row in read_table(path)]
        return sorted(found, key=lambda row: row["start"] + row["latency_ms"] / 1000)

    def notes(self, kind: str) -> list[dict[str, Any]]:
        """What was kept in scenario.jsonl."""
        return [row for row in self.run.read_lines("scenario.jsonl") if row["kind"] == kind]

    def log(self) -> str:
        return (self.run.folder / "locust.log").read_text()


def read_table(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pa.Table.from_batches(list(read_batches(path))).to_pylist()
    return rows


@contextmanager
def driving(
    folder: Path, url: str, scenario: Path, environment: dict[str, str] | None = None, *, patience_s: float = 15.0,
    **settings: Any,
) -> Iterator[Driven]:  # fmt: skip
    """A load of one user with this locustfile, from its start to the end of its own ends."""
    run, clock = Run.create(folder, "driven", {})
    target = Target("driven", url, load=LoadSettings(scenario=str(scenario), **settings))
    driven = Driven(LoadProcess(run, clock, target, None, environment or {}), run, clock)
    try:
        yield driven
    finally:
        driven.load.end(patience_s, driven.said.append)
