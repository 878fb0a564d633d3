"""Load goes only where it may: every way of leading it astray is tried, beside a listener that counts."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from conductor.load_process import LoadProcess
from rampart.config import LoadSettings, Target
from rampart.runs import Run
from tests.integration.conftest import await_true

ASTRAY = Path(__file__).parent / "astray" / "astray.py"


@dataclass
class Stranger:
    """Whom nobody may reach: one port on several loopback addresses, TCP and UDP; it counts."""

    port: int
    hits: int = 0
    sockets: list[socket.socket] = field(default_factory=list)

    def listen(self) -> None:
        for family, address, kind in (
            (socket.AF_INET, "127.0.0.1", socket.SOCK_STREAM),
            (socket.AF_INET, "127.0.0.2", socket.SOCK_STREAM),
            (socket.AF_INET6, "::1", socket.SOCK_STREAM),
            (socket.AF_INET, "127.0.0.1", socket.SOCK_DGRAM),
        ):
            opened = socket.socket(family, kind)
            opened.bind((address, self.port))
            if kind == socket.SOCK_STREAM:
                opened.listen(50)
            self.sockets.append(opened)
            threading.Thread(target=self._count, args=(opened, kind), daemon=True).start()

    def _count(self, opened: socket.socket, kind: int) -> None:
        while True:
            try:
                if kind == socket.SOCK_STREAM:
                    connection, _ = opened.accept()
                    self.hits += 1
                    connection.settimeout(0.2)
                    threading.Thread(target=_answer, args=(connection,), daemon=True).start()
                else:
                    opened.recv(100)
                    self.hits += 1
            except OSError:
                return


def _answer(connection: socket.socket) -> None:
    with connection:
        try:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        except OSError:
            pass


@dataclass
class System:
    """A target that redirects to a stranger, and tells how often the stranger was reached."""

    url: str
    stranger: Stranger


@pytest.fixture
def system() -> Iterator[System]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        stranger = Stranger(free.getsockname()[1])
    stranger.listen()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            elsewhere = {
                "/redirect": (302, f"http://127.0.0.1:{stranger.port}/landed"),
                "/redirect307": (307, f"http://127.0.0.1:{stranger.port}/landed"),
                "/redirect-relative": (301, f"//127.0.0.1:{stranger.port}/landed"),
                "/redirect-name": (303, f"http://LocalHost:{stranger.port}/landed"),
                "/redirect-twice": (308, "/redirect"),
                "/redirect-user": (302, f"http://127.0.0.1:{self.server.server_port}@127.0.0.1:{stranger.port}/landed"),
            }.get(self.path)
            body = json.dumps({"hits": stranger.hits}).encode() if elsewhere is None else b""
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(elsewhere[0] if elsewhere else 200)
            if elsewhere:
                self.send_header("Location", elsewhere[1])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ExitStack() as stack:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        server.daemon_threads = True
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield System(f"http://127.0.0.1:{server.server_port}", stranger)
        for opened in stranger.sockets:
            opened.close()


def _results(path: Path) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in map(json.loads, path.read_text().splitlines())}


def _environment(system: System, results: Path) -> dict[str, str]:
    return {
        "ASTRAY_PORT": str(system.stranger.port), "ASTRAY_TARGET": system.url, "ASTRAY_RESULTS": str(results),
        "PYTHONPATH": str(ASTRAY.parent / "startup"),
    }  # fmt: skip


def _with_plain_locust(system: System, results: Path) -> dict[str, dict[str, Any]]:
    """What becomes of each attempt where nothing holds it back."""
    command = [sys.executable, "-m", "locust", "-f", str(ASTRAY), "--headless", "-u", "1", "--host", system.url]
    with subprocess.Popen(
        [*command, "Stray"], env={**os.environ, **_environment(system, results)}, cwd=results.parent,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as plain:  # fmt: skip
        await_true(results.with_suffix(".done").exists, 120)
        plain.terminate()
        plain.wait(30)
    return _results(results)


def test_no_attempt_reaches_an_address_that_is_not_allowed_and_without_the_guard_all_do(
    system: System, tmp_path: Path
) -> None:
    # The control: plain Locust with the same file. An attempt that reaches nobody even so shows nothing.
    reached = _with_plain_locust(system, tmp_path / "plain.jsonl")
    assert {name: row for name, row in reached.items() if not row["hits"]} == {}
    assert len(reached) >= 35

    before, results = system.stranger.hits, tmp_path / "guarded.jsonl"
    run, clock = Run.create(tmp_path, "astray", {})
    target = Target("astray", system.url, load=LoadSettings(scenario=str(ASTRAY)))
    load = LoadProcess(run, clock, target, None, _environment(system, results))
    try:
        await_true(results.with_suffix(".done").exists, 120)
    finally:
        load.end(patience_s=20)
    refused = _results(results)
    assert system.stranger.hits - before == 0, {name: row for name, row in refused.items() if row["hits"]}
    assert refused.keys() == reached.keys()
    counted = [row for row in run.read_lines("scenario.jsonl") if row["kind"] == "refused"]
    assert sum(row["count"] for row in counted) >= len(reached)
    assert {row["of"] for row in counted} == {"connection", "process"}
    assert any(row["what"].startswith(f"127.0.0.1:{system.stranger.port}") for row in counted)
