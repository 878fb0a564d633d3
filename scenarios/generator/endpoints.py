"""The names under which requests are recorded: those of the scenario, without what may be a secret or an id.

A scenario that names no request has Locust name it by its path, ids and query included.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from .row_values import text_of

_ID = re.compile(
    r"\d+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|(?=[^/]*\d)[A-Za-z0-9_.~=+-]{20,}"
)
_QUERY_VALUE = re.compile(r"=[^&]*")
_PARAMETER = re.compile(r"(;[\w.-]*)=[^;/]*")  # of a part of a path: ;jsessionid=…
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*://")
# Names that are no URLs, such as statements, may hold what they call a password themselves.
_NAMED = re.compile(
    r"(?<![\w.-])([\w.-]*(?:passw(?:or)?d|pwd|secret|token|api[_-]?key|authorization)\b[\"']?\s*[=:]?\s*)(?<=[\s=:])"
    r"('[^']*'?|\"[^\"]*\"?|[^\s,;&\"'{]+)",
    re.IGNORECASE,
)
MOST = 2_000  # distinct names; what comes after them is recorded together
OVERFLOW = "(others)"
_NAMELESS = "(no name)"


class Endpoints:
    """Turns names as Locust gives them into endpoints, and remembers each."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._names: set[str] = set()

    def of(self, method: object, name: object) -> str:
        """`GET /users/{id}` for `GET`, `/users/17?token=…`."""
        key = (text_of(method) or _NAMELESS, text_of(name) or _NAMELESS)
        found = self._known.get(key)
        if found is None:
            found = f"{key[0]} {plain(key[1])}"
            if found not in self._names and len(self._names) >= MOST:
                return f"{key[0]} {OVERFLOW}"
            self._names.add(found)
            if len(self._known) < 20 * MOST:
                self._known[key] = found
        return found


def plain(name: str) -> str:
    """A name in which path parts that are ids are `{id}`, and queries, parameters and passwords have no values."""
    name = name.partition("#")[0] if "/" in name else name
    if _SCHEME.match(name):
        name = _without_user(name)
    path, mark, query = name.partition("?")
    path = _PARAMETER.sub(r"\1=", path)
    parts_of_path = ["{id}" if _ID.fullmatch(part) else part for part in path.split("/")]
    path = "/".join(parts_of_path)
    path = path if path.startswith("/") else _NAMED.sub(r"\1{hidden}", path)
    return path + (mark + _QUERY_VALUE.sub("=", query) if mark else "")


def _without_user(url: str) -> str:
    """Scheme, host, path and query of a URL: no user, no password, no fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as "http://[": whose parts nobody can tell
        return "(a URL that cannot be read)"
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}" + (f"?{parts.query}" if parts.query else "")
