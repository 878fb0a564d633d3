"""From what Locust tells of a request to one row of the run folder's request table."""

from __future__ import annotations

import zlib
from typing import Any

from rampart.tables import SPANS

# The names under which applications publish the parts of a request's time in `Server-Timing`.
_ALIASES = {
    "pool": ("pool", "acquire", "checkout", "conn", "connection"),
    "db": ("db", "sql", "database", "postgres", "pg", "query"),
    "cache": ("cache", "redis", "memcached", "valkey"),
    "queue": ("queue", "enqueue", "broker"),
    "mail": ("mail", "smtp", "email", "pdf", "report"),
    "downstream": ("downstream", "external", "http", "api", "upstream", "storage", "s3"),
    "render": ("render", "view", "template", "serialize", "json", "cpu"),
    "total": ("total", "app", "handler"),
}
_SPAN = {alias: span for span, aliases in _ALIASES.items() for alias in aliases}


def spans(header: str) -> list[float | None]:
    """Milliseconds by `rampart.runs.SPANS` from a `Server-Timing` header; names that nobody knows add up to `other`."""
    found: dict[str, float] = {}
    for entry in header.split(","):
        name, *parameters = entry.split(";")
        for parameter in parameters:
            key, _, value = parameter.strip().partition("=")
            if key == "dur":
                span = _SPAN.get(name.strip().lower(), "other")
                try:
                    found[span] = found.get(span, 0.0) + float(value.strip('"'))
                except ValueError:
                    continue
    return [found.get(span) for span in SPANS]


def outcome(exception: Any, status: int) -> str:
    """What became of a request, in one word.

    A scenario that finds another tenant's data says `response.failure("wrong_tenant: …")`, and one that does not find
    what its user has just written, `stale_read: …`.
    """
    if exception is None:
        return "ok"
    for violation in ("wrong_tenant", "stale_read"):
        if violation in str(exception):
            return violation
    if status == 0:
        return "connection"
    return "http_error" if status >= 400 else "failed_check"


def caching(headers: Any) -> str:
    """What headers say of keeping an answer: `kept` for a while, `checked` before use, `forbidden`, `undeclared`."""
    control = str(headers.get("Cache-Control") or "").lower()
    if "no-store" in control:
        return "forbidden"
    if any(word in control and f"{word}=0" not in control for word in ("max-age", "immutable")):
        return "kept"
    return "checked" if headers.get("ETag") or headers.get("Last-Modified") else "undeclared"


def body(response: Any) -> bytes | None:
    """The content of an answer; None where there is none, or it was cut off: reading that fails again each time."""
    try:
        content = response.content
    except Exception:  # noqa: BLE001 - whatever broke the connection, Locust has counted it already
        return None
    return content if isinstance(content, bytes) else None


def digest(url: str, body: bytes | None) -> int | None:
    """A signed 32-bit number that equal answers to the same question share; None where there is no body.

    What was asked is part of it: searches that find nothing have equal bodies, and no cache answers the second one.
    """
    return zlib.crc32(body, zlib.crc32(url.encode())) - (1 << 31) if body else None
