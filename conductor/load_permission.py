"""Where load may go: decided once, before anything is sent, as addresses that the load process is then held to.

Loopback needs no permission for `url` itself; every other host, and every other port of loopback, must be on the
target's `allow` list, as "host" (the port of `url`) or "host:port".
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from rampart.config import Target
from rampart.errors import NotReady, UsageError
from scenarios.generator.host_names import canonical, plain_name

_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(?:%[\w.-]+)?")  # a name or an address, without brackets
_PORTS = {"http": 80, "https": 443}
_REMEDY = 'Write url = "http://host:port".'


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL, in the one form in which they are compared."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Permission:
    """Addresses that may be connected to, and the host names that they were found under."""

    addresses: frozenset[tuple[str, int]]
    names: Mapping[str, tuple[str, ...]]

    def allows(self, address: str, port: int) -> bool:
        """Whether the kernel's list of sockets may name this address; it names no zones."""
        return any((one.partition("%")[0], its) == (address, port) for one, its in self.addresses)


def permission(target: Target) -> Permission:
    """Where the load of a target may go; a UsageError where its own url is not among that, NotReady where a name has
    no address."""
    origin = origin_of(target.url, f"the target {target.name}")
    allowed = [_entry(entry, origin.port) for entry in target.allow]
    found = addresses(origin.host)
    outside = [one for one in found if not is_loopback(one)]
    if outside and (origin.host, origin.port) not in allowed:
        raise UsageError(
            f"{origin.host}:{origin.port} may not be loaded",
            f"{origin.host} resolves to {', '.join(outside)}, which is neither loopback nor on the target's allow list",
            f'If it is yours and made for load tests, write allow = ["{origin.host}"] in the target file.',
        )
    pins, names = {(one, origin.port) for one in found}, {origin.host: tuple(found)}
    for host, port in allowed:
        names[host] = names.get(host) or tuple(addresses(host))
        pins |= {(one, port) for one in names[host]}
    return Permission(frozenset(pins), {host: found for host, found in names.items() if canonical(host) is None})


def origin_of(url: str, whose: str) -> Origin:
    """The origin of a URL; a UsageError where there is none, or where two readers of URLs would not agree on it."""
    for why in _doubts(url):
        raise UsageError(f"{whose} has no usable url", f"{url!r} {why}", _REMEDY)
    parts = urlsplit(url)
    return Origin(parts.scheme, _one_form(parts.hostname or ""), parts.port or _PORTS[parts.scheme])


def _doubts(url: str) -> Iterator[str]:
    """What makes it unclear where a URL goes."""
    if any(ord(sign) <= 32 or ord(sign) == 127 for sign in url):
        yield "has a space or a control character in it"
    if "\\" in url:
        yield "has a backslash in it, which readers of URLs understand in two ways"
    try:
        parts, other = urlsplit(url), parse_url(url)
        port = parts.port
    except (ValueError, LocationParseError) as error:
        yield f"cannot be read ({error})"
        return
    if parts.scheme not in _PORTS or not parts.hostname:
        yield "is no http or https URL with a host"
        return
    if not _HOST.fullmatch(parts.hostname):
        yield f"has the host {parts.hostname!r}: write a name in ASCII (xn--… for other letters) or an address"
    if port == 0:
        yield "has port 0"
    if parts.username is not None or parts.password is not None:
        yield "has a user in it: credentials belong into `headers`, as env:NAME"
    if (parts.hostname, port) != ((other.host or "").strip("[]").lower(), other.port):
        yield "is understood in two ways"


def _entry(entry: str, port: int) -> tuple[str, int]:
    """Host and port of an entry of `allow`; without a port it means that of `url`."""
    host, colon, number = entry.rpartition(":")
    bare = entry.count(":") > 1 and not entry.startswith("[")  # an IPv6 address without a port
    if not colon or bare or entry.endswith("]"):
        host, number = entry, str(port)
    host = host.removeprefix("[").removesuffix("]")
    if not _HOST.fullmatch(host) or not re.fullmatch(r"[0-9]{1,5}", number) or not 0 < int(number) < 65536:
        raise UsageError(
            f"`allow` has an entry that names no host: {entry!r}",
            "an entry is a host, or a host and a port: one machine, no pattern, no network and no URL",
            'For instance allow = ["staging.example.com", "login.example.com:8443"].',
        )
    return _one_form(host), int(number)


def _one_form(host: str) -> str:
    """A host as it is compared: an address in its canonical form, a name in small letters."""
    return canonical(host) or plain_name(host)


def addresses(host: str) -> list[str]:
    """All addresses of a host name; NotReady when it has none."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise NotReady(
            f"the host {host!r} has no address", str(error), "Check `url` and `allow` in the target file."
        ) from error
    return sorted({canonical(one) or one for one in found})


def is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback
