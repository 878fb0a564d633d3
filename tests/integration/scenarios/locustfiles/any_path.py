"""A server that answers any path, also as a stream; run as a module it listens on the loopback port that it is told."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

STREAM_S = 0.5  # how long /stream takes to its end


class AnyPath(BaseHTTPRequestHandler):
    """JSON for any path; /stream is five lines in half a second, /forever never ends."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[Counter[str]] = Counter()  # by path

    def do_GET(self) -> None:
        self.asked[self.path] += 1
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


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), AnyPath)
    server.daemon_threads = True
    server.serve_forever()
