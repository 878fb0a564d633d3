"""A small web server for tests: it answers everything, with the headers and pages that it is told."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Web:
    """What it answers, changed at any time, and what it was asked."""

    url: str = ""
    status: int = 200
    hung: bool = False  # pages that are asked for meanwhile wait, all but the first one
    headers: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # paths
    agents: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)


@contextmanager
def serving(address: str = "127.0.0.1", certificate: tuple[Path, Path] | None = None) -> Iterator[Web]:
    """Serve on a free port of an address; with a certificate and its key by TLS."""
    web = Web()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            web.asked.append(self.path)
            web.agents.append(self.headers.get("User-Agent", ""))
            web.hosts.append(self.headers.get("Host", ""))
            while web.hung and self.path != "/":
                time.sleep(0.02)
            body = web.pages.get(self.path, "{}").encode()
            self.send_response(web.status)
            for name, value in web.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((address, 0), Answer)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    web.url = f"{'http' if certificate is None else 'https'}://{address}:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
