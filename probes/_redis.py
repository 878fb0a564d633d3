"""A probe's connection to a Redis or Valkey server, and the account of what our own lookups did to its counters."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from probes._probe import Unavailable
from rampart.masking import masked
from rampart.model import Gap

NAME = "rampart-probe"
_TIMEOUT_S = 0.5

Command = tuple[str | bytes | int, ...]

_COUNTED = ("keyspace_hits", "keyspace_misses")


class _Own:
    """The hits and misses of one server that were ours, since its statistics began."""

    def __init__(self) -> None:
        self.lookups = [0, 0]
        self._last = [0, 0]

    def enter(self, before: list[int], after: list[int]) -> None:
        """Enter what the server counted before and after our lookups."""
        if any(now < last for now, last in zip(before, self._last, strict=True)):
            self.lookups = [0, 0]  # CONFIG RESETSTAT
        self.lookups = [o + a - b for o, a, b in zip(self.lookups, after, before, strict=True)]
        self._last = after


_LOCK = threading.Lock()
_OWN: dict[str, _Own] = defaultdict(_Own)  # by the server's run_id, which its addresses and numbers do not change


class Server:
    """One server; every call ends within about a second, with redis.RedisError where it fails."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=_TIMEOUT_S,
            socket_connect_timeout=_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            client_name=NAME,
            protocol=2,
        )

    @property
    def user(self) -> str:
        """As the server's ACL calls it."""
        return self._client.get_connection_kwargs().get("username") or "default"

    def info(self) -> dict[str, Any]:
        """`INFO everything`, parsed."""
        answer: dict[str, Any] = self._client.info("everything")
        return answer

    def lookups(self, *commands: Command) -> list[Any]:
        """The answers to commands that only read, run as one transaction.

        The server's own count before and after them, taken in the same transaction, tells exactly how many hits and
        misses were ours.
        """
        pipe: Any = self._client.pipeline(transaction=True)
        pipe.info("server").info("stats")
        for command in commands:
            pipe.execute_command(*command)
        answers: list[Any]
        server, before, *answers, after = pipe.info("stats").execute()
        with _LOCK:
            _OWN[server["run_id"]].enter([before[name] for name in _COUNTED], [after[name] for name in _COUNTED])
        return answers

    def close(self) -> None:
        self._client.close()


def own_lookups(run_id: str) -> dict[str, int]:
    """The hits and misses that our probes have made on a server, by the name of INFO's field."""
    with _LOCK:
        return dict(zip(_COUNTED, _OWN[run_id].lookups, strict=True))


def refused(role: str, error: redis.RedisError, lost: tuple[str, ...], user: str = "default") -> Gap:
    """The gap that a server leaves which cannot be read."""
    text = f"the server of the {role} cannot be read: {masked(str(error))}"
    if isinstance(error, redis.exceptions.NoPermissionError):
        return Gap("RED-ACL", text, lost, f"Allow the probe's commands: ACL SETUSER {user} {ALLOWED} ~*")
    if isinstance(error, redis.exceptions.AuthenticationError):
        return Gap("RED-ACL", text, lost, "Correct the user or the password in the URL of the target file.")
    return Gap("RED-CONN", text, lost, "Check the URL in the target file, and that the server lets this host in.")


# What the probes send; all of it reads.
ALLOWED = "+info +ping +select +client|setname +multi +exec +llen +lindex +lpos +zcard +smembers +hget +hmget"


def open_server(role: str, url: str, lost: tuple[str, ...]) -> Server:
    """A server that has answered; Unavailable otherwise."""
    server = Server(url)
    try:
        server.lookups()
    except redis.RedisError as error:
        server.close()
        raise Unavailable(refused(role, error, lost, server.user)) from error
    return server
