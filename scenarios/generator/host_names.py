"""Addresses and host names in the one form in which they are compared. Imports nothing that opens anything."""

from __future__ import annotations

import _socket
import ipaddress
from contextlib import suppress
from typing import Any


def canonical(host: Any) -> str | None:
    """An address in the one form in which it is compared; None for a name. Any spelling that the C library takes:
    127.1, 0x7f000001, 2130706433, ::ffff:127.0.0.1; the unspecified address, which connects to this machine, is
    loopback. The zone of an IPv6 address stays where it decides who is meant, which is on a link of its own."""
    text = as_text(host)
    bare, _, zone = text.partition("%")
    try:
        address = ipaddress.ip_address(bare if ":" in bare else text)
    except ValueError:
        if any(sign.isspace() for sign in text):  # inet_aton reads up to a space, and what connects reads on
            return None
        try:
            address = ipaddress.ip_address(_socket.inet_aton(text))
        except (OSError, ValueError):
            return None
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_unspecified:
        return "::1" if address.version == 6 else "127.0.0.1"
    return f"{address}%{zone}" if zone and address.is_link_local else str(address)


def plain_name(host: Any) -> str:
    """A host name in the one form in which it is compared: small letters, no trailing dot, ASCII."""
    text = as_text(host)
    with suppress(UnicodeError):
        text = text.encode("idna").decode() if not text.isascii() else text
    return text.rstrip(".").lower()


def as_text(host: Any) -> str:
    """A host as text, as the socket module takes it: text or bytes."""
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
