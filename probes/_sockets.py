"""The TCP connections of this machine, what the kernel knows of each, and which process holds it.

By the sock_diag interface of Linux: it needs no rights, and shows the network namespace that we are in. Layouts:
linux/inet_diag.h and linux/tcp.h, whose fields keep their places.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import lru_cache

_SOCK_DIAG, _BY_FAMILY = 4, 20  # the netlink protocol, and its one request
_DUMP = 0x301  # NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH
_ERROR, _DONE = 2, 3
_INFO = 2  # the attribute that holds struct tcp_info
_ESTABLISHED, _CALLING, _LEFT, _LISTENING = 1, 2, 8, 10  # TCP_ESTABLISHED, _SYN_SENT, _CLOSE_WAIT, _LISTEN
_HEADER, _MESSAGE = 16, 72  # bytes of struct nlmsghdr and inet_diag_msg
# Of tcp_info: ages in ms, counts of bytes, and microseconds.
_SENT, _RECEIVED, _BYTES_ACKED, _BYTES_RECEIVED, _LEAST_RTT = 44, 52, 120, 128, 148
_INFO_BYTES = _LEAST_RTT + 4
_NEVER = 0xFFFFFFFF  # no segment has been acknowledged yet
_U32, _U64 = struct.Struct("=I"), struct.Struct("=Q")
_TIMEOUT_S = 0.5


@dataclass(frozen=True, slots=True)
class Socket:
    """One end of a TCP connection, or a listener."""

    listens: bool
    local_port: int
    remote: str  # "address:port"
    remote_port: int
    inode: int
    awaits: bool  # what went over it last was sent from this end, or nothing has come yet
    sent_ago_ms: int = 0  # since something was last sent, in ticks of the kernel's clock (1 to 10 ms)
    received_ago_ms: int = 0
    sent: int = 0  # bytes that the other end has
    received: int = 0  # bytes
    least_rtt_ms: float = 0.0  # from a segment to its acknowledgement, in the last minutes


def sockets(protocol: int = socket.IPPROTO_TCP, *, left: bool = False) -> list[Socket]:
    """All of them; of UDP those that have a peer; `left`: also those whose other end has closed.

    Raises OSError where the kernel does not tell.
    """
    states = 1 << _ESTABLISHED | 1 << _CALLING | 1 << _LISTENING | left << _LEFT
    return [one for family in (socket.AF_INET, socket.AF_INET6) for one in _of(family, protocol, states)]


def held(pid: int) -> Iterator[int]:
    """The inodes of the sockets that a process holds; none where we may not look."""
    with suppress(OSError):
        for descriptor in os.scandir(f"/proc/{pid}/fd"):
            with suppress(OSError):
                name = os.readlink(descriptor.path)  # noqa: PTH115 - thousands of them: Path costs thrice as much
                if name.startswith("socket:["):
                    yield int(name[8:-1])


def _of(family: int, protocol: int, states: int) -> Iterator[Socket]:
    request = struct.pack("=BBBBI", family, protocol, 1 << (_INFO - 1), 0, states) + bytes(48)
    with closing(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG)) as kernel:
        kernel.settimeout(_TIMEOUT_S)
        kernel.send(struct.pack("=IHHII", _HEADER + len(request), _BY_FAMILY, _DUMP, 1, 0) + request)
        while True:
            rest = kernel.recv(1 << 18)
            while len(rest) >= _HEADER:
                size, kind = struct.unpack_from("=IH", rest)
                if kind == _DONE:
                    return
                if kind == _ERROR:
                    raise OSError(-struct.unpack_from("=i", rest, _HEADER)[0], "sock_diag is refused")
                yield _socket(rest[_HEADER:size])
                rest = rest[(size + 3) & ~3 :]


def _socket(message: bytes) -> Socket:
    family, state = message[0], message[1]
    local, remote = struct.unpack_from(">HH", message, 4)
    raw = message[24 : 28 if family == socket.AF_INET else 40]
    plain = _address(raw)
    (inode,) = struct.unpack_from("=I", message, 68)
    told = _told(message)
    # An answer is due by the ages of what was last sent and received: equal where both came at once.
    awaits = state == _CALLING or (told is not None and (told[0] < told[1] or told[3] == 0))
    ends = (state == _LISTENING, local, f"{plain}:{remote}", remote, inode, awaits)
    return Socket(*ends) if told is None else Socket(*ends, *told)


@lru_cache(maxsize=1024)
def _address(raw: bytes) -> str:
    address = ipaddress.ip_address(raw)
    return str(getattr(address, "ipv4_mapped", None) or address)


def _told(message: bytes) -> tuple[int, int, int, int, float] | None:
    """What the kernel knows of a connection: ages in ms of what was last sent and received, bytes acknowledged and
    received, and the least round trip in ms; None where it does not tell."""
    at = _MESSAGE
    while at + 4 <= len(message):
        size, kind = struct.unpack_from("=HH", message, at)
        if kind == _INFO and size - 4 >= _INFO_BYTES:
            info = message[at + 4 : at + size]
            sent, received, least = (_U32.unpack_from(info, place)[0] for place in (_SENT, _RECEIVED, _LEAST_RTT))
            acked, came = (_U64.unpack_from(info, place)[0] for place in (_BYTES_ACKED, _BYTES_RECEIVED))
            return sent, received, acked, came, 0.0 if least == _NEVER else least / 1000
        at += max((size + 3) & ~3, 4)
    return None
