"""Does the cache hit, does it evict, and is the one thread of each Redis server busy?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from probes._gaps import gap_facts
from probes._probe import NotConfigured, Probe, Unavailable
from probes._redis import Server, open_server, own_lookups
from rampart import metrics
from rampart.config import RedisServer, Target
from rampart.model import JSON, Counter, Gap, Gauge, Metric, Reading, Role

_LOST = ("cache-missing", "cache-too-small", "cache-stampede", "cache-server")

# Field of INFO that each is read from.
_FIELDS: Mapping[Metric, str] = {
    metrics.REDIS_HITS: "keyspace_hits",
    metrics.REDIS_MISSES: "keyspace_misses",
    metrics.REDIS_EVICTED: "evicted_keys",
    Counter("redis.expired", "cache", Role.DEMAND, "1", "keys that reached their time to live", ("server",)): (
        "expired_keys"
    ),
    metrics.REDIS_USED_BYTES: "used_memory",
    metrics.REDIS_MAX_BYTES: "maxmemory",
    metrics.REDIS_COMMANDS: "total_commands_processed",
    Counter("redis.rejected", "cache", Role.ERRORS, "1", "connections refused at the limit of clients", ("server",)): (
        "rejected_connections"
    ),
    Counter("redis.connections_opened", "cache", Role.DEMAND, "1", "connections opened", ("server",)): (
        "total_connections_received"
    ),
    Gauge("redis.clients", "cache", Role.UTILISATION, "1", "clients connected", ("server",)): "connected_clients",
    metrics.REDIS_OUTPUT_BYTES: "total_net_output_bytes",
}
METRICS = (*_FIELDS, metrics.REDIS_BUSY_S, metrics.REDIS_COMMAND_CALLS, metrics.REDIS_COMMAND_BUSY_S)
_OURS = ("info", "client|", "hello")  # commands that are almost all our own


def busy_s(info: Mapping[str, Any]) -> float | None:
    """Time that the main thread worked: the event loop's own account (7.2, Valkey), else its processor time (6.2)."""
    if "eventloop_duration_sum" in info:
        return float(info["eventloop_duration_sum"]) / 1e6
    if "used_cpu_user_main_thread" in info:
        return float(info["used_cpu_user_main_thread"]) + float(info["used_cpu_sys_main_thread"])
    return None


class _One:
    """One server, read under the role that the target gives it."""

    def __init__(self, role: str, server: Server) -> None:
        self.role, self.server = role, server
        self.run_id = server.info()["run_id"]
        self._seen: dict[str, tuple[int, int]] = {}  # what the server said, and what we made of it

    def read(self) -> Iterable[Reading]:
        info = self.server.info()
        restarted, self.run_id = info["run_id"] != self.run_id, info["run_id"]
        if restarted:
            self._seen.clear()
        self._subtract_own(info)
        values: list[tuple[Metric, Any, dict[str, str]]]
        values = [(metric, info[field], {}) for metric, field in _FIELDS.items() if field in info]
        busy = busy_s(info)
        if busy is not None:
            values.append((metrics.REDIS_BUSY_S, busy, {}))
        for key, stats in info.items():
            command = key.removeprefix("cmdstat_")
            if command != key and not command.startswith(_OURS):
                values.append((metrics.REDIS_COMMAND_CALLS, stats["calls"], {"command": command}))
                values.append((metrics.REDIS_COMMAND_BUSY_S, stats["usec"] / 1e6, {"command": command}))
        for metric, value, labels in values:
            # A new server began at 0; said once, so that no difference is taken across the restart.
            shown = 0.0 if restarted and isinstance(metric, Counter) else float(value)
            yield Reading(metric, shown, {"server": self.role, **labels})

    def _subtract_own(self, info: dict[str, Any]) -> None:
        for field, own in own_lookups(self.run_id).items():
            raw, seen = info[field], self._seen.get(field, (0, 0))
            # A lookup that is counted there before it is entered here must not make a counter fall afterwards.
            info[field] = max(raw - own, seen[1] if raw >= seen[0] else 0)
            self._seen[field] = (raw, info[field])


class _Servers:
    def __init__(self, servers: list[_One], gaps: list[Gap]) -> None:
        self._servers, self._gaps = servers, gaps

    def read(self) -> Iterable[Reading]:
        failures = []
        for one in self._servers:
            try:
                yield from one.read()
            except Exception as error:  # noqa: BLE001 - raised below, when the other servers have been read
                failures.append(error)
        if failures:
            raise failures[0]

    def facts(self) -> JSON:
        return {"gaps": gap_facts(*self._gaps)}

    def close(self) -> None:
        for one in self._servers:
            one.server.close()


def connect(target: Target) -> _Servers:
    if not target.redis:
        raise NotConfigured("the target names no Redis")
    servers, gaps = [], []
    for configured in target.redis:
        try:
            servers.append(_open(configured))
        except Unavailable as unavailable:
            gaps.append(unavailable.gap)
    if not servers:
        raise Unavailable(gaps[0])
    if len({one.run_id for one in servers}) < len(servers):
        reason = f"one server plays {' and '.join(one.role for one in servers)}: its hit ratio is that of all of them"
        gaps.append(Gap("RED-SHARED", reason, (), "Use one server for each purpose."))
    return _Servers(servers, gaps)


def _open(configured: RedisServer) -> _One:
    return _One(configured.role, open_server(configured.role, configured.url, _LOST))


PROBE = Probe("redis", "Redis hits, memory, commands and the time of its thread.", 1.0, METRICS, connect)
