"""What a browser keeps of the files that a page is made of, as their headers allow."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping


class Files:
    """One person's cache; it holds when files were fresh until, and not their content."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, str]] = {}  # by path: until when it is fresh, and its ETag

    def ask(self, path: str, *, reload: bool = False) -> dict[str, str] | None:
        """Headers to ask for a file with; None: it is fresh, and nobody need be asked."""
        until, tag = self._kept.get(path, (0.0, ""))
        if self._clock() < until and not reload:
            return None
        return {"If-None-Match": tag} if tag else {}

    def keep(self, path: str, headers: Mapping[str, str]) -> None:
        """Remember what the headers of a 200 or 304 say."""
        control = (headers.get("Cache-Control") or "").lower()
        if "no-store" in control:
            self._kept.pop(path, None)
            return
        age = re.search(r"max-age=(\d+)", control)
        self._kept[path] = (self._clock() + float(age.group(1) if age else 0), headers.get("ETag") or "")
