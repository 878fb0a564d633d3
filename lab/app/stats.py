"""Statistics of this process, on a port of their own.

They are served by a thread, never through the event loop: what is read through the application stalls with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.request import urlopen

TICK_S = 0.05


class LoopWatch:
    """How late the event loop is: the largest delay since the last read."""

    def __init__(self) -> None:
        self._due = time.monotonic() + TICK_S
        self._worst_s = 0.0

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            self._due = time.monotonic() + TICK_S
            await asyncio.sleep(TICK_S)
            self._worst_s = max(self._worst_s, time.monotonic() - self._due)

    def pop_lag_ms(self) -> float:
        """The largest delay in milliseconds, that of a tick which is overdue right now included."""
        worst, self._worst_s = max(self._worst_s, time.monotonic() - self._due, 0.0), 0.0
        return worst * 1000


def serve(port: int, read: Callable[[], dict[str, Any]], peers: Sequence[int] = ()) -> ThreadingHTTPServer:
    """Answer `GET /stats` on `port`, from a thread, with what `read` says of this process, and its peers of theirs."""

    def processes() -> list[dict[str, Any]]:
        found = [{"pid": os.getpid(), **read()}]
        for peer in peers:
            with suppress(OSError, ValueError), urlopen(f"http://127.0.0.1:{peer}/stats", timeout=0.3) as answer:
                found += json.load(answer)["processes"]
        return found

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet: two would wait for each other's acknowledgement

        def do_GET(self) -> None:
            known = self.path == "/stats"
            text = json.dumps({"processes": processes()} if known else {"error": "not found"})
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """One reader once a second needs no log."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="stats", daemon=True).start()
    return server
