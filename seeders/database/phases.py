"""How long each phase of a growth takes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Phases:
    """Seconds by phase, in the order in which they began; a phase that comes again is added to."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        self.seconds.setdefault(name, 0.0)
        try:
            yield
        finally:
            self.seconds[name] += time.monotonic() - started


def phases_text(seconds: Mapping[str, float]) -> str:
    """`rows 2.5 s, indexes 1.6 s`: without those that took no time that one could see."""
    return ", ".join(f"{name} {took:.1f} s" for name, took in seconds.items() if took >= 0.05)
