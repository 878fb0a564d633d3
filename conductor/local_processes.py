"""Which local processes are the target's, where its file does not say: those that listen where it is reached.

Without this a database on the same machine would count as a stranger that spoils the measurement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from rampart.config import ProcessMatch, Target

_LOOPBACK = ("127.0.0.1", "localhost", "::1", "")
_PLACE = re.compile(r"(?:\[([^]]*)\]|([^:,]*))(?::(\d+))?")  # of a URL: host and port, the first of several
_SETTING = re.compile(r"\b(host|port)\s*=\s*'?([^'\s]+)")


def with_local_processes(target: Target) -> Target:
    """The target with a process match for each part on loopback whose role it leaves out."""
    known = {match.role for match in target.processes}
    found = [ProcessMatch(role, port=port) for role, port in _listening(target) if role not in known]
    return replace(target, processes=(*target.processes, *found))


def _listening(target: Target) -> Iterator[tuple[str, int]]:
    """Role and port of each part that is reached on loopback."""
    parts = urlsplit(target.url)
    if parts.hostname in _LOOPBACK:
        yield "app", parts.port or (443 if parts.scheme == "https" else 80)
    for role, conninfo in (("db", target.postgres), ("replica", target.replica), ("pooler", target.pgbouncer)):
        if conninfo is not None:
            host, port = _postgres(conninfo)
            if host in _LOOPBACK or host.startswith("/"):
                yield role, port
    for server in target.redis:
        where = urlsplit(server.url)
        if where.hostname in _LOOPBACK:
            yield server.role, where.port or 6379


def _postgres(conninfo: str) -> tuple[str, int]:
    """Host and port of a conninfo, in either of its two forms; the first of several."""
    if "://" in conninfo:
        place = _PLACE.match(re.split("[/?]", conninfo.partition("://")[2])[0].rpartition("@")[2])
        found = (place[1] or place[2], place[3]) if place else ("", "")
    else:
        settings = dict(_SETTING.findall(conninfo))
        found = (settings.get("host", ""), settings.get("port", ""))
    host, port = (str(text or "").partition(",")[0] for text in found)
    return host, int(port) if port.isdecimal() else 5432
