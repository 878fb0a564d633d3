"""The target file's `headers` go with each request to the origin of its `url`, and with no other: not after a redirect
to another host, not to a log-in server. They are added where a request leaves for one host, below redirects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests.adapters
from geventhttpclient.client import HTTPClient

_PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int]  # scheme, host, port


def origin_of(url: str) -> Origin:
    """Scheme, host and port of a URL, the port that it means where it names none."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme, 0)


def add_headers(url: str, extra: Mapping[str, str]) -> None:
    """Let both of Locust's HTTP clients send these headers to the origin of `url`, where the user sets none of that
    name."""
    if not extra:
        return
    origin = origin_of(url)
    send, request = requests.adapters.HTTPAdapter.send, HTTPClient.request

    def send_with(self: Any, prepared: Any, *arguments: Any, **named: Any) -> Any:
        if origin_of(prepared.url) == origin:
            for name, value in extra.items():
                prepared.headers.setdefault(name, value)
        return send(self, prepared, *arguments, **named)

    def request_with(self: Any, method: str, request_uri: str, body: Any = b"", headers: Any = None) -> Any:
        given = dict(headers or {})
        if ("https" if self.ssl else "http", self.host, self.port) == origin:
            known = {name.lower() for name in given}
            given.update({name: value for name, value in extra.items() if name.lower() not in known})
        return request(self, method, request_uri, body, given)

    adapter: Any = requests.adapters.HTTPAdapter
    adapter.send = send_with
    client: Any = HTTPClient
    client.request = request_with
