"""One request to one address of a target: through no proxy, no redirect, and no look-up that might lead elsewhere."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass

import httpx

from conductor.load_permission import Origin, Permission, addresses, origin_of
from rampart.config import Target

_TIMEOUT_S = 5.0
_MOST_BYTES = 65_536  # of a body
_OVERLOADED = (429, *range(500, 600))


class NoAnswer(Exception):
    """The target did not answer, or only that it is overloaded."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A target, and the addresses at which it is asked."""

    target: Target
    origin: Origin
    addresses: tuple[str, ...]  # of the host of its url

    @property
    def shown(self) -> str:
        """Which system is meant."""
        return f"{self.origin.host}:{self.origin.port} ({', '.join(self.addresses)})"

    @property
    def own_path(self) -> str:
        """The path of its url, with the query."""
        return httpx.URL(self.target.url).raw_path.decode()


def asked_of(target: Target, permission: Permission) -> Asked:
    origin = origin_of(target.url, f"the target {target.name}")
    return Asked(target, origin, tuple(permission.names.get(origin.host) or addresses(origin.host)))


@dataclass(frozen=True, slots=True)
class Answer:
    """What one address answered."""

    url: str
    status: int
    headers: httpx.Headers
    text: str  # its beginning

    def must_not_be_overloaded(self) -> None:
        """Raise where nothing follows from what is missing in it."""
        if self.status in _OVERLOADED:
            raise NoAnswer(f"{self.url} answers {self.status}")


def answer(asked: Asked, address: str, path: str) -> Answer:
    """The answer of one address to a request for `path`; NoAnswer where there is none."""
    host = f"[{address}]" if ":" in address else address
    url = f"{asked.origin.scheme}://{host}:{asked.origin.port}{path}"
    headers = httpx.Headers({"User-Agent": "rampart", "Accept-Encoding": "identity", **asked.target.headers})
    headers["Host"] = httpx.URL(asked.target.url).netloc.decode()
    extensions = {"sni_hostname": asked.origin.host}
    try:
        with (
            httpx.Client(trust_env=False, timeout=_TIMEOUT_S, verify=_trust()) as client,
            client.stream("GET", url, headers=headers, extensions=extensions) as answered,
        ):
            return Answer(url, answered.status_code, answered.headers, _beginning(answered))
    except (httpx.HTTPError, OSError) as error:
        raise NoAnswer(f"{url} does not answer ({type(error).__name__}: {error})") from error


def _trust() -> ssl.SSLContext:
    """Whoever the machine trusts, SSL_CERT_FILE included, or Mozilla: a small container has no store of its own."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context


def _beginning(answered: httpx.Response) -> str:
    """What of a body comes in time, up to some length: it may have no end."""
    body, until = b"", time.monotonic() + _TIMEOUT_S
    for data in answered.iter_raw():
        body += data
        if len(body) >= _MOST_BYTES or time.monotonic() > until:
            break
    return body[:_MOST_BYTES].decode("utf-8", "replace")
