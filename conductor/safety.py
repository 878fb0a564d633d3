"""Only hosts that the target file allows are loaded; loopback needs no permission. Names are resolved and checked."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from rampart.config import Target
from rampart.errors import NotReady, UsageError


def addresses(host: str) -> list[str]:
    """All addresses of a host name; NotReady when it has none."""
    try:
        return sorted({str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    except OSError as error:
        raise NotReady(f"the host {host!r} has no address", str(error), "Check `url` in the target file.") from error


def check_allowed(target: Target) -> None:
    """Raise unless every address of the target's URL may be loaded."""
    parts = urlsplit(target.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"the target {target.name} has no usable url", f"it says {target.url!r}", 'Write url = "http://host:port".'
        )
    if target.host in target.allow:
        return
    outside = [a for a in addresses(target.host) if not ipaddress.ip_address(a.split("%")[0]).is_loopback]
    if outside:
        raise UsageError(
            f"{target.host} may not be loaded",
            f"it resolves to {', '.join(outside)}, which is neither loopback nor on the target's allow list",
            f'If it is yours and made for load tests, write allow = ["{target.host}"] in the target file.',
        )
