"""A small target that answers any path, also as a stream, and loads of it that are driven directly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conductor.load_process import LoadProcess
from rampart.config import LoadSettings, Target
from rampart.objectives import Conditions
from rampart.runs import Clock, Run
from rampart.tables import read_batches
from tests.integration.scenarios.locustfiles.any_path import AnyPath

LOCUSTFILES = Path(__file__).parent / "given"


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
    stop: Conditions | None = None, **settings: Any,
) -> Iterator[Driven]:  # fmt: skip
    """A load of one user with this locustfile, from its start to the end of its own ends."""
    run, clock = Run.create(folder, "driven", {})
    target = Target("driven", url, load=LoadSettings(scenario=str(scenario), **settings), stop=stop or {})
    driven = Driven(LoadProcess(run, clock, target, None, environment or {}), run, clock)
    try:
        yield driven
    finally:
        driven.load.end(patience_s, driven.said.append)
