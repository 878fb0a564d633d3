"""Does the cache hit, does it evict, and is the one thread of each Redis server busy?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from probes._gaps import gap_facts
from probes._probe import NotConfigured, Probe, Unavailable
from probes._redis import Server, open_server, own_lookups
from rampart.config import RedisServer, Target
from rampart.model import JSON, Gap, Kind, Metric, Reading, Role

_LOST = ("cache-missing", "cache-too-small", "cache-stampede", "cache-server")


def _metric(name: str, kind: Kind, role: Role, unit: str, summary: str) -> Metric:
    return Metric(f"redis.{name}", "cache", role, kind, unit, summary)


METRICS = (
    _metric("hits", Kind.COUNTER, Role.DEMAND, "1", "lookups that found their key"),
    _metric("misses", Kind.COUNTER, Role.DEMAND, "1", "lookups that did not"),
    _metric("evicted", Kind.COUNTER, Role.SATURATION, "1", "keys thrown out for want of memory"),
    _metric("expired", Kind.COUNTER, Role.DEMAND, "1", "keys that reached their time to live"),
    _metric("used_bytes", Kind.GAUGE, Role.UTILISATION, "bytes", "memory in use"),
    _metric("max_bytes", Kind.GAUGE, Role.INFO, "bytes", "memory limit, 0: none"),
    _metric("busy_s", Kind.COUNTER, Role.UTILISATION, "s", "time that the single thread worked"),
    _metric("commands", Kind.COUNTER, Role.DEMAND, "1", "commands processed"),
    _metric("rejected", Kind.COUNTER, Role.ERRORS, "1", "connections refused at the limit of clients"),
    _metric("connections_opened", Kind.COUNTER, Role.DEMAND, "1", "connections opened"),
    _metric("clients", Kind.GAUGE, Role.UTILISATION, "1", "clients connected"),
    _metric("output_bytes", Kind.COUNTER, Role.DEMAND, "bytes", "bytes sent to clients"),
    _metric("command.calls", Kind.COUNTER, Role.DEMAND, "1", "calls of one command"),
    _metric("command.busy_s", Kind.COUNTER, Role.DEMAND, "s", "time spent in one command"),
)
_FIELDS = {
    "redis.hits": "keyspace_hits",
    "redis.misses": "keyspace_misses",
    "redis.evicted": "evicted_keys",
    "redis.expired": "expired_keys",
    "redis.used_bytes": "used_memory",
    "redis.max_bytes": "maxmemory",
    "redis.commands": "total_commands_processed",
    "redis.rejected": "rejected_connections",
    "redis.connections_opened": "total_connections_received",
    "redis.clients": "connected_clients",
    "redis.output_bytes": "total_net_output_bytes",
}
_COUNTERS = {metric.name for metric in METRICS if metric.kind is Kind.COUNTER}
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
        values: list[tuple[str, Any, dict[str, str]]]
        values = [(name, info[field], {}) for name, field in _FIELDS.items() if field in info]
        busy = busy_s(info)
        if busy is not None:
            values.append(("redis.busy_s", busy, {}))
        for key, stats in info.items():
            command = key.removeprefix("cmdstat_")
            if command != key and not command.startswith(_OURS):
                values.append(("redis.command.calls", stats["calls"], {"command": command}))
                values.append(("redis.command.busy_s", stats["usec"] / 1e6, {"command": command}))
        for name, value, labels in values:
            # A new server began at 0; said once, so that no difference is taken across the restart.
            shown = 0.0 if restarted and name in _COUNTERS else float(value)
            yield Reading(name, shown, {"server": self.role, **labels})

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
