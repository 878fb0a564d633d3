"""From what Locust tells of a request to one row of the run folder's request table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

_MOST_BYTES = 2**31 - 1
_LONGEST_TENANT = 200  # characters

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


@dataclass(frozen=True, slots=True)
class Answer:
    """What is recorded of an answer, whatever client gave it; the defaults stand for what cannot be read."""

    status: int = 0  # of HTTP; 0: there was no answer, or it is another protocol's
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int = 0  # bytes


def answer_of(about: Mapping[str, Any]) -> Answer:
    """The answer that an event of Locust's tells of. Attributes of strange clients may be anything, and may raise."""
    try:
        response = about.get("response")
        status = getattr(response, "status_code", 0)
        return Answer(
            status if isinstance(status, int) and 0 <= status < 1000 else 0,
            _readable(getattr(response, "headers", None)),
            _between(about.get("response_length"), 0, _MOST_BYTES),
        )
    except Exception:  # noqa: BLE001 - other people's code: what it does not tell is not recorded, and the row is
        return Answer()


def _readable(headers: Any) -> Mapping[str, str]:
    """Headers that can be asked by name; those of other protocols are lists, methods and more."""
    if headers is None or not hasattr(headers, "get"):
        return {}
    headers.get("Server-Timing")
    found: Mapping[str, str] = headers
    return found


def milliseconds(value: Any) -> float:
    """A response time as the scenario's own clients may give it; 0 for what is no time."""
    if isinstance(value, timedelta):
        value = value / timedelta(milliseconds=1)
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return found if 0 <= found < math.inf else 0.0


def _between(value: Any, low: int, high: int) -> int:
    try:
        return min(max(int(value or 0), low), high)
    except (TypeError, ValueError, OverflowError):
        return 0


def tenant_of(context: Any) -> str | None:
    """Whose request it was, as the user's `context()` says: any text or number; None: it does not say."""
    found = context.get("tenant") if isinstance(context, Mapping) else None
    text = None if found is None else text_of(found)
    return None if text is None else text[:_LONGEST_TENANT]


def text_of(value: Any) -> str | None:
    """Any value as text that can be written to a file; None where it has none."""
    try:
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    except Exception:  # noqa: BLE001 - a value of other people's, whose text may raise
        return None
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def said_by(exception: Any) -> str:
    """What an exception says, or its type where it says nothing."""
    return text_of(exception) or type(exception).__name__


def outcome(exception: Any, status: int, violations: Sequence[str]) -> str:
    """What became of a request, in one word.

    `violations` are the words by which a scenario says that an answer was wrong, not slow: one that finds another
    tenant's data says `response.failure("wrong_tenant: …")`.
    """
    if exception is None:
        return "ok"
    said = said_by(exception)
    for violation in violations:
        if violation in said:
            return violation
    if status == 0:
        return "connection"
    return "http_error" if status >= 400 else "failed_check"


def caching(headers: Mapping[str, str]) -> str:
    """What headers say of keeping an answer: `kept` for a while, `checked` before use, `forbidden`, `undeclared`."""
    control = str(headers.get("Cache-Control") or "").lower()
    if "no-store" in control:
        return "forbidden"
    kept = any(word in control and f"{word}=0" not in control for word in ("max-age", "immutable"))
    if kept and "no-cache" not in control:  # it asks first, however long it keeps
        return "kept"
    return "checked" if headers.get("ETag") or headers.get("Last-Modified") else "undeclared"
