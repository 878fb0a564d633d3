"""A target that leads load astray, and a stranger whom nobody may reach, and who counts."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Stranger:
    """Whom nobody may reach: one port on several loopback addresses, TCP and UDP; it counts."""

    port: int
    hold_s: float = 0.0  # how long a connection stays open, for those who would keep it
    hits: int = 0
    first_at: float = 0.0  # monotonic seconds
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
                    self._hit()
                    connection.settimeout(0.2)
                    threading.Thread(target=self._answer, args=(connection,), daemon=True).start()
                else:
                    opened.recv(100)
                    self._hit()
            except OSError:
                return

    def _hit(self) -> None:
        self.first_at = self.first_at or time.monotonic()
        self.hits += 1

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(4096)
            time.sleep(self.hold_s)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


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
