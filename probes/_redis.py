"""A probe's connection to a Redis or Valkey server, and the account of what our own lookups did to its counters."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from probes._probe import Unavailable
from rampart.config import masked
from rampart.model import Gap

NAME = "rampart-probe"
_TIMEOUT_S = 0.5

Command = tuple[str | bytes | int, ...]

_LOCK = threading.Lock()
_OWN: dict[str, list[int]] = defaultdict(lambda: [0, 0])  # run_id of the server: hits and misses that we made


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
            own = _OWN[server["run_id"]]
            own[0] += after["keyspace_hits"] - before["keyspace_hits"]
            own[1] += after["keyspace_misses"] - before["keyspace_misses"]
        return answers

    def close(self) -> None:
        self._client.close()


def own_lookups(run_id: str) -> tuple[int, int]:
    """The hits and misses that our probes have made on a server since it started."""
    with _LOCK:
        hits, misses = _OWN[run_id]
        return hits, misses


def refused(role: str, error: redis.RedisError, lost: tuple[str, ...]) -> Gap:
    """The gap that a server leaves which cannot be read."""
    text = f"the server of the {role} cannot be read: {masked(str(error))}"
    if isinstance(error, (redis.exceptions.NoPermissionError, redis.exceptions.AuthenticationError)):
        return Gap("RED-ACL", text, lost, f"Allow the probe's commands: ACL SETUSER <user> {ALLOWED} ~*")
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
        raise Unavailable(refused(role, error, lost)) from error
    return server
