"""Digests of answers, by which equal answers to one question are recognised: sampled, bounded in cost, never a read.

What is compared must be sampled together: of a busy endpoint those questions are taken whose hash falls into a share
that halves while more than enough come, so that a question is seen each time or never. The first answers of each
second are taken whatever they are, for an endpoint with a single question.
"""

from __future__ import annotations

import zlib
from typing import Any

_FIRST = 20  # answers of each endpoint and second that are always taken
_ENOUGH = 100  # a second and endpoint
_HALVINGS = 16
_EDGE = 32_768  # bytes at each end of a large answer that count, beside its length


class Digests:
    """The digests of one load process."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}  # by endpoint, in this second
        self._halvings: dict[str, int] = {}

    def second(self) -> None:
        """A second has passed: sample less of what was plenty, more of what was little."""
        for endpoint, taken in self._taken.items():
            halvings = self._halvings.get(endpoint, 0)
            change = (taken >= _ENOUGH) - (taken <= _ENOUGH // 4)
            self._halvings[endpoint] = min(max(halvings + change, 0), _HALVINGS)
        self._taken.clear()

    def of(self, endpoint: str, tenant: str | None, url: str, response: Any) -> int | None:
        """A signed 32-bit number that equal answers to the same question share; None: no answer, or not sampled.

        What was asked is part of it: searches that find nothing have equal bodies, and no cache answers the second one.
        """
        taken = self._taken.get(endpoint, 0)
        asked = zlib.crc32(url.encode("utf-8", "replace"))
        chosen = zlib.crc32((tenant or "").encode(), asked) & ((1 << self._halvings.get(endpoint, 0)) - 1) == 0
        if taken >= _FIRST and not (chosen and taken < _ENOUGH):
            return None
        content = read_already(response)
        if not content:
            return None
        self._taken[endpoint] = taken + 1
        if len(content) > 2 * _EDGE:
            content = b"%d" % len(content) + content[:_EDGE] + content[-_EDGE:]
        return zlib.crc32(content, asked) - (1 << 31)


def read_already(response: Any) -> bytes | None:
    """The content of an answer that its user, or Locust, has read whole; a stream is left to the user.

    requests keeps it as `_content` (False: not read), Locust's FastResponse as `_cached_content` (absent: not read).
    """
    content = getattr(response, "_content", None)
    if not isinstance(content, bytes):
        content = getattr(response, "_cached_content", None)
    return content if isinstance(content, bytes) else None
