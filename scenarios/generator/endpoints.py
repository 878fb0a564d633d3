"""The names under which requests are recorded: those of the scenario, without what may be a secret or an id.

A scenario that names no request has Locust name it by its path, ids and query included.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_ID = re.compile(
    r"\d+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|(?=[^/]*\d)[A-Za-z0-9_.~=+-]{20,}"
)
_QUERY_VALUE = re.compile(r"=[^&]*")
MOST = 2_000  # distinct names; what comes after them is recorded together
OVERFLOW = "(others)"


class Endpoints:
    """Turns names as Locust gives them into endpoints, and remembers each."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._names: set[str] = set()

    def of(self, method: object, name: object) -> str:
        """`GET /users/{id}` for `GET`, `/users/17?token=…`."""
        key = (str(method), str(name))
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
    """A name in which path parts that are ids are `{id}` and queries have no values."""
    if name.startswith(("http://", "https://")):
        parts = urlsplit(name)
        name = f"{parts.scheme}://{parts.hostname or ''}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    path, mark, query = name.partition("?")
    parts_of_path = ["{id}" if _ID.fullmatch(part) else part for part in path.split("/")]
    return "/".join(parts_of_path) + (mark + _QUERY_VALUE.sub("=", query) if mark else "")
