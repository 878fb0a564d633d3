"""From what Locust tells of a request to one row of the run folder's request table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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


def spans(header: str, columns: Sequence[str]) -> list[float | None]:
    """Milliseconds by column from a `Server-Timing` header; names that nobody knows add up to `other`."""
    if not header:
        return [None] * len(columns)
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
    return [found.get(span) for span in columns]


def headers_of(response: Any) -> Mapping[str, str]:
    """The headers of an answer, whatever client made it; empty where it has none that can be read as such."""
    headers = getattr(response, "headers", None)
    found: Mapping[str, str] = headers if headers is not None and hasattr(headers, "get") else {}
    return found


def status_of(response: Any) -> int:
    """The HTTP status of an answer; 0 where there is none: no answer, or another protocol."""
    status = getattr(response, "status_code", 0)
    return status if isinstance(status, int) and 0 <= status < 1000 else 0


def tenant_of(context: Any) -> str | None:
    """Whose request it was, as the user's `context()` says: any text or number; None: it does not say."""
    found = context.get("tenant") if isinstance(context, Mapping) else None
    return None if found is None else str(found)[:200]


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


def caching(headers: Mapping[str, str]) -> str:
    """What headers say of keeping an answer: `kept` for a while, `checked` before use, `forbidden`, `undeclared`."""
    control = str(headers.get("Cache-Control") or "").lower()
    if "no-store" in control:
        return "forbidden"
    if any(word in control and f"{word}=0" not in control for word in ("max-age", "immutable")):
        return "kept"
    return "checked" if headers.get("ETag") or headers.get("Last-Modified") else "undeclared"
