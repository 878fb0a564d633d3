"""Load goes only where it may: an audit hook that refuses every other connection and the start of processes.

It is set before Locust and the user's file are imported and cannot be taken off again (`sys.addaudithook`). It sees
what Python opens: sockets of requests, urllib, gevent, asyncio, raw ones. What C libraries open by themselves passes it
by; that is seen from outside, in the process tree.
"""

from __future__ import annotations

import _socket
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .host_names import as_text, canonical, plain_name
from .settings import Address
from .starts import Start, guard_fork_exec, start_of

_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty")
_INTERPRETER = "cpython.PyInterpreterState_New"  # another one in this process: no hook of ours is in it
_LOCAL = (socket.AF_UNIX, getattr(socket, "AF_NETLINK", socket.AF_UNIX))
_PACKET = getattr(socket, "AF_PACKET", -1)


class NotAllowed(ConnectionRefusedError):
    """Raised in place of a connection or process that the target file does not allow; names what was asked for."""


class Guard:
    """Decides on every address; `tell(kind, what, count)` hears of each refusal.

    `kind` is "connection" or "process", `count` how often this process has refused the same so far.
    """

    def __init__(
        self,
        allowed: Iterable[Address],
        names: Mapping[str, Iterable[str]],
        subprocesses: bool,
        tell: Callable[[str, str, int], None],
    ) -> None:
        self._allowed = frozenset(allowed)
        self._names = {plain_name(name): tuple(found) for name, found in names.items()}
        self._subprocesses = subprocesses
        self._tell = tell
        self._hosts = {address: name for name, found in self._names.items() for address in found if name != "localhost"}
        self._refusals: Counter[tuple[str, str]] = Counter()
        self._resolve = _socket.getaddrinfo
        self._hooks: dict[str, Callable[[tuple[Any, ...]], None]] = {
            "socket.__new__": self._on_socket,
            "socket.connect": self._on_address,
            "socket.sendto": self._on_address,
            "socket.sendmsg": self._on_address,
            "socket.getaddrinfo": self._on_name,
            "socket.gethostbyname": self._on_name,
        }
        self._starts = frozenset() if subprocesses else frozenset(_STARTS)

    def install(self) -> None:
        """Set the hook, and let the pinned names resolve to the addresses that they had at the check."""
        _socket.getaddrinfo = self._pinned  # before gevent and socket take a reference
        if not self._subprocesses:
            guard_fork_exec(self._on_start)
            self._hooks[_INTERPRETER] = self._on_interpreter
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        hook = self._hooks.get(event)
        if hook is not None:
            hook(arguments)
        elif event in self._starts:
            self._on_start(start_of(event, arguments))

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

    def _on_socket(self, arguments: tuple[Any, ...]) -> None:
        """Sockets whose packets name their own destination, which no later event shows."""
        _, family, kind, _ = arguments
        if family == _PACKET or (kind & 0xF == socket.SOCK_RAW and family in (socket.AF_INET, socket.AF_INET6)):
            raise self._refused("connection", "a raw socket")

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
        shown = f"[{host}]" if ":" in as_text(host) else as_text(host)
        name = self._hosts.get(literal or "")
        raise self._refused("connection", f"{name}:{port} ({shown})" if name else f"{shown}:{port}")

    def _on_name(self, arguments: tuple[Any, ...]) -> None:
        host = arguments[0]
        if host is None or host in ("", b"") or canonical(host) is not None:
            return  # to listen on any address, or no name at all
        name = plain_name(host)
        if name in self._names or name == "localhost" or name == plain_name(socket.gethostname()):
            return
        port = arguments[1] if len(arguments) > 1 and arguments[1] is not None else "?"
        raise self._refused("connection", f"{name}:{port}")

    def _on_start(self, start: Start) -> None:
        if not start.harmless:
            raise self._refused("process", start.program)

    def _on_interpreter(self, _: tuple[Any, ...]) -> None:
        raise self._refused("process", "a second Python interpreter")

    def _refused(self, kind: str, what: str) -> NotAllowed:
        self._refusals[kind, what] += 1
        self._tell(kind, what, self._refusals[kind, what])
        remedy = "`subprocesses = true` in [load]" if kind == "process" else "an entry in `allow`"
        return NotAllowed(f"{what} is refused: the target file does not allow it ({remedy} would)")
