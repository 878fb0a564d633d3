"""Load goes only where it may: an audit hook that refuses every other connection and the start of processes.

It is set before Locust and the user's file are imported and cannot be taken off again (`sys.addaudithook`). It sees
what Python opens: sockets of requests, urllib, gevent, asyncio, raw ones. What C libraries open by themselves passes it
by; that is seen from outside, in the process tree.
"""

from __future__ import annotations

import _socket
import ipaddress
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from .settings import Address

# Programs that Python's own library asks about the machine (platform, ctypes.util, uuid); they open no connection.
_ASKED_BY_PYTHON = {"uname", "ldconfig", "file", "ip", "ifconfig", "arp", "netstat"}
_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty")
_LOCAL = (socket.AF_UNIX,)


class NotAllowed(ConnectionRefusedError):
    """Raised in place of a connection or process that the target file does not allow; names what was asked for."""


class Guard:
    """Decides on every address; `tell(kind, what)` hears of each refusal, `kind` being "connection" or "process"."""

    def __init__(
        self,
        allowed: Iterable[Address],
        names: Mapping[str, Iterable[str]],
        subprocesses: bool,
        tell: Callable[[str, str], None],
    ) -> None:
        self._allowed = frozenset(allowed)
        self._names = {plain_name(name): tuple(found) for name, found in names.items()}
        self._subprocesses = subprocesses
        self._tell = tell
        self._looked_up = ""
        self._resolve = _socket.getaddrinfo
        self._hooks: dict[str, Callable[[tuple[Any, ...]], None]] = {
            "socket.connect": self._on_address,
            "socket.sendto": self._on_address,
            "socket.sendmsg": self._on_address,
            "socket.getaddrinfo": self._on_name,
            "socket.gethostbyname": self._on_name,
            **({} if subprocesses else dict.fromkeys(_STARTS, self._on_process)),
        }

    def install(self) -> None:
        """Set the hook, and let the pinned names resolve to the addresses that they had at the check."""
        _socket.getaddrinfo = self._pinned  # before gevent and socket take a reference
        if not self._subprocesses:
            _guard_multiprocessing(self._refuse_process)
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        hook = self._hooks.get(event)
        if hook is not None:
            hook(arguments)

    def _pinned(self, host: Any, port: Any, *rest: Any, **named: Any) -> list[Any]:
        """`getaddrinfo`, in which a name that is allowed has the addresses of the check, whatever DNS says now."""
        found = self._names.get(plain_name(host)) if isinstance(host, (str, bytes)) else None
        if found is None:
            return list(self._resolve(host, port, *rest, **named))
        answers: list[Any] = []
        for address in found:
            try:
                answers += self._resolve(address, port, *rest, **named)
            except OSError:  # an address of the other family than the one that was asked for
                continue
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} has no address of this family")
        return answers

    def _on_address(self, arguments: tuple[Any, ...]) -> None:
        opened, address = arguments[0], arguments[1]
        if address is None or getattr(opened, "family", None) in _LOCAL or isinstance(address, (str, bytes)):
            return
        if not (isinstance(address, tuple) and len(address) >= 2):
            raise self._refused("connection", f"{address!r}")
        host, port = address[0], address[1]
        literal = canonical(host)
        if literal is not None and (literal, port) in self._allowed:
            return
        shown = f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
        looked_up = f" (after looking up {self._looked_up})" if self._looked_up and literal is not None else ""
        raise self._refused("connection", shown + looked_up)

    def _on_name(self, arguments: tuple[Any, ...]) -> None:
        host = arguments[0]
        if host is None or host in ("", b"") or canonical(host) is not None:
            return  # to listen on any address, or no name at all
        name = plain_name(host)
        if name in self._names or name == "localhost" or name == plain_name(socket.gethostname()):
            self._looked_up = name
            return
        port = arguments[1] if len(arguments) > 1 and arguments[1] is not None else "?"
        raise self._refused("connection", f"{name}:{port}")

    def _on_process(self, arguments: tuple[Any, ...]) -> None:
        program = str(arguments[0]) if arguments and arguments[0] is not None else "a copy of the load process"
        if program.rpartition("/")[2] not in _ASKED_BY_PYTHON:
            self._refuse_process(program)

    def _refuse_process(self, program: str) -> None:
        raise self._refused("process", program)

    def _refused(self, kind: str, what: str) -> NotAllowed:
        self._tell(kind, what)
        remedy = "`subprocesses = true` in [load]" if kind == "process" else "an entry in `allow`"
        return NotAllowed(f"{what} is refused: the target file does not allow it ({remedy} would)")


def canonical(host: Any) -> str | None:
    """An address in the one form in which it is compared; None for a name. Any spelling that the C library takes:
    127.1, 0x7f000001, 2130706433, ::ffff:127.0.0.1; the unspecified address, which connects to this machine, is
    loopback."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        try:
            address = ipaddress.ip_address(_socket.inet_aton(text))
        except (OSError, ValueError):
            return None
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if address.is_unspecified:
        return "::1" if address.version == 6 else "127.0.0.1"
    return str(address)


def plain_name(host: Any) -> str:
    """A host name in the one form in which it is compared: small letters, no trailing dot, ASCII."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    with suppress(UnicodeError):
        text = text.encode("idna").decode() if not text.isascii() else text
    return text.rstrip(".").lower()


def _guard_multiprocessing(refuse: Callable[[str], None]) -> None:
    """`multiprocessing` forks and execs below every audit event of Python 3.11: its one function is replaced."""
    import _posixsubprocess

    original = _posixsubprocess.fork_exec

    def fork_exec(arguments: Any, *rest: Any) -> Any:
        program = arguments[0].decode(errors="replace") if arguments else ""
        if program.rpartition("/")[2] not in _ASKED_BY_PYTHON:
            refuse(program)
        return original(arguments, *rest)

    _posixsubprocess.fork_exec = fork_exec
