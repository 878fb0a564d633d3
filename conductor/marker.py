"""The marker by which a target shows that it may be loaded: looked for before the load, and every 10 s while it lasts.

It is asked of each address that the load may go to, through no proxy and no redirect. An answer without the marker is
another system's, and ends the run. No answer, or one that says that the target is overloaded, says nothing of the
marker: what becomes of a load under which its target fails is not decided here.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from conductor.load_permission import Origin, Permission, addresses, is_loopback, origin_of
from rampart.config import Target
from rampart.errors import NotReady, RampartError, UsageError
from seeders.database.marker import holds

INTERVAL_S = 10.0
_TIMEOUT_S = 5.0
_MOST_ADDRESSES = 16  # that are asked each time
_MOST_BYTES = 65_536  # of a body in which the name is looked for
_OVERLOADED = (429, *range(500, 600))
_REMEDY = (
    'Have it answer with a header of your own and write [marker] header = "X-Load-Test: yes" in the target file; or '
    'path = "/.well-known/rampart", which answers with the name of the target; or sql = "SELECT …".'
)


class _NoAnswer(Exception):
    """The target did not answer, or only that it is overloaded."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A target, and where its marker is looked for."""

    target: Target
    origin: Origin
    addresses: tuple[str, ...]  # of the host of its url

    @property
    def needed(self) -> bool:
        return self.target.marker.required or not all(map(is_loopback, self.addresses))

    @property
    def shown(self) -> str:
        """Which system is meant."""
        return f"{self.origin.host}:{self.origin.port} ({', '.join(self.addresses)})"


def asked_of(target: Target, permission: Permission) -> Asked:
    origin = origin_of(target.url, f"the target {target.name}")
    return Asked(target, origin, tuple(permission.names.get(origin.host) or addresses(origin.host)))


def require_marker(asked: Asked) -> str:
    """What was seen of the marker, in words; UsageError where it is not set or not shown, NotReady without an answer.

    Nothing is asked of a target that needs none.
    """
    if not asked.needed:
        return "none is asked for on loopback; where that is a tunnel, write required = true in [marker]"
    if not asked.target.marker.is_set:
        why = "[marker] required asks for one" if asked.target.marker.required else "it is not on loopback"
        raise UsageError(f"{asked.shown} has no marker that allows loading it", why, _REMEDY)
    try:
        for missing in _missing(asked):
            raise _not_shown(asked, missing)
    except _NoAnswer as error:
        remedy = "Start the target, or correct `url` and [marker]."
        raise NotReady(f"{asked.shown} does not show its marker", str(error), remedy) from error
    return f"{asked.shown} shows its marker"


class MarkerWatch:
    """Looks for the marker in a thread of its own, until `stop`; `gone` is what to raise once it is not shown."""

    def __init__(self, asked: Asked, interval_s: float | None = None) -> None:
        self.gone: RampartError | None = None
        self._asked, self._interval_s, self._over = asked, interval_s or INTERVAL_S, threading.Event()
        self._thread = threading.Thread(target=self._follow, name="marker watch", daemon=True)
        if asked.needed:
            self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(1)  # a look that is under way ends by itself

    def _follow(self) -> None:
        while self.gone is None and not self._over.wait(self._interval_s):
            try:
                for missing in _missing(self._asked):
                    self.gone = _not_shown(self._asked, missing)
                    break
            except _NoAnswer:
                continue


def _not_shown(asked: Asked, missing: str) -> UsageError:
    remedy = f"Check that `url` means the system that you want to load. {_REMEDY}"
    return UsageError(f"{asked.shown} does not show the marker that allows loading it", missing, remedy)


def _missing(asked: Asked) -> Iterator[str]:
    """What of the marker is not there; _NoAnswer where that cannot be told.

    Of several addresses those that answer must all show it: an address that nobody can reach gets no load either.
    """
    marker = asked.target.marker
    silent: list[_NoAnswer] = []
    addresses = asked.addresses[:_MOST_ADDRESSES] if marker.header or marker.path else ()
    for address in addresses:
        try:
            yield from _missing_header(asked, address) if marker.header else ()
            yield from _missing_page(asked, address) if marker.path else ()
        except _NoAnswer as error:
            silent.append(error)
    if silent and len(silent) == len(addresses):
        raise silent[0]
    if marker.sql:
        yield from _missing_in_database(asked)


def _missing_header(asked: Asked, address: str) -> Iterator[str]:
    name, _, wanted = (part.strip() for part in asked.target.marker.header.partition(":"))
    answer = _answer(asked, address, httpx.URL(asked.target.url).raw_path.decode())
    found = answer.headers.get(name)
    if found is None or found.strip() != wanted:
        answer.must_not_be_overloaded()
        said = "lacks it" if found is None else f"has {found!r} in it"
        yield f"the header {name}: {wanted} is wanted, and the answer of {address} to {asked.target.url} {said}"


def _missing_page(asked: Asked, address: str) -> Iterator[str]:
    path, name = asked.target.marker.path, asked.target.name
    answer = _answer(asked, address, path)
    if answer.status != 200 or name not in map(str.strip, answer.text.splitlines()):
        answer.must_not_be_overloaded()
        said = f"{path} at {address} answers {answer.status}"
        yield f"{said}, and should answer 200 with a line that is the target's name, {name!r}"


def _missing_in_database(asked: Asked) -> Iterator[str]:
    if asked.target.postgres is None:
        yield "[marker] sql is to be asked of the target's Postgres, and the target file names none"
        return
    try:
        if not holds(asked.target.postgres, asked.target.marker.sql):
            yield f"{asked.target.marker.sql} is not true in its database"
    except OSError as error:
        raise _NoAnswer(f"its database does not answer ({error})") from error


@dataclass(frozen=True, slots=True)
class _Answer:
    url: str
    status: int
    headers: httpx.Headers
    text: str  # its beginning

    def must_not_be_overloaded(self) -> None:
        """Raise where nothing follows from what is missing in it."""
        if self.status in _OVERLOADED:
            raise _NoAnswer(f"{self.url} answers {self.status}")


def _answer(asked: Asked, address: str, path: str) -> _Answer:
    """The answer of one address to a request for `path`: pinned, so that no look-up leads elsewhere."""
    host = f"[{address}]" if ":" in address else address
    url = f"{asked.origin.scheme}://{host}:{asked.origin.port}{path}"
    headers = httpx.Headers({"User-Agent": "rampart", "Accept-Encoding": "identity", **asked.target.headers})
    headers["Host"] = httpx.URL(asked.target.url).netloc.decode()
    extensions = {"sni_hostname": asked.origin.host}
    try:
        with (
            httpx.Client(trust_env=False, timeout=_TIMEOUT_S, verify=_trust()) as client,
            client.stream("GET", url, headers=headers, extensions=extensions) as answer,
        ):
            return _Answer(url, answer.status_code, answer.headers, _beginning(answer))
    except (httpx.HTTPError, OSError) as error:
        raise _NoAnswer(f"{url} does not answer ({type(error).__name__}: {error})") from error


def _trust() -> ssl.SSLContext:
    """Whoever the machine trusts, SSL_CERT_FILE included, or Mozilla: a small container has no store of its own."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context


def _beginning(answer: httpx.Response) -> str:
    """What of a body comes in time, up to some length: it may have no end."""
    body, until = b"", time.monotonic() + _TIMEOUT_S
    for data in answer.iter_raw():
        body += data
        if len(body) >= _MOST_BYTES or time.monotonic() > until:
            break
    return body[:_MOST_BYTES].decode("utf-8", "replace")
