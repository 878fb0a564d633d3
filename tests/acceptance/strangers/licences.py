"""Somebody else's service that takes its time: `python licences.py PORT`."""

from __future__ import annotations

import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_TAKES_S = 0.4


class Licence(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(_TAKES_S)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Licence).serve_forever()
