"""How long does a queue grow that is a plain Redis list, and how fast is it emptied?"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from probes._probe import NotConfigured, Probe
from probes._redis import Command, Server, open_server
from rampart import metrics
from rampart.config import Queue, Target
from rampart.model import JSON, Reading

_LOST = ("workers", "sync-work")
_LOOKED_FOR = 4  # of the oldest tracers, in one read
_FURTHEST = 10_000  # elements that the server may walk through to find one tracer

METRICS = (metrics.QUEUE_READY, metrics.QUEUE_OLDEST_AGE_S, metrics.QUEUE_COMPLETED)


@dataclass(frozen=True, slots=True)
class Tracer:
    """An element that was the newest of its list at a known time."""

    seen_at: float  # monotonic
    element: bytes
    number: int  # how many had left the list and stood before it: it leaves as the one after them


class Ledger:
    """How many elements have left a first-in-first-out list, from where known elements stand in it.

    A list carries no time stamps, so the newest element of each read is remembered as a tracer. A tracer that is
    still there at place p tells that `number - p` elements have left, exactly; one that is gone tells the least that
    have. What came and went between two reads is not seen. Elements must differ from one another.
    """

    def __init__(self) -> None:
        self.left = 0
        self._tracers: deque[Tracer] = deque()

    def looked_for(self) -> list[tuple[bytes, int]]:
        """Some tracers, and the furthest place from the head, from 0, at which each can stand."""
        return [(tracer.element, tracer.number - self.left) for tracer in self._chosen()]

    def _chosen(self) -> list[Tracer]:
        """The oldest, which are near the head, and the newest, which is there as long as there is a backlog."""
        chosen = dict.fromkeys([*list(self._tracers)[:_LOOKED_FOR], *list(self._tracers)[-1:]])
        return [tracer for tracer in chosen if tracer.number - self.left < _FURTHEST]

    def found(self, places: list[int | None]) -> None:
        """Enter where those of `looked_for` stand now; None: gone."""
        for tracer, place in zip(self._chosen(), places, strict=True):
            self.left = max(self.left, tracer.number + 1 if place is None else tracer.number - place)
        if all(place is None for place in places):
            self._tracers.clear()  # were any left, where they stand would no longer be known
        while self._tracers and self._tracers[0].number < self.left:
            self._tracers.popleft()

    def remember(self, now: float, element: bytes, depth: int) -> None:
        """Enter the newest of `depth` elements."""
        if not self._tracers or self._tracers[-1].element != element:
            self._tracers.append(Tracer(now, element, self.left + depth - 1))

    def age_s(self, now: float) -> float:
        """The head came no later than the oldest tracer that is still there."""
        return now - self._tracers[0].seen_at if self._tracers else 0.0


class _List:
    def __init__(self, queue: Queue, server: Server) -> None:
        self._queue, self.server = queue, server
        self._ledger = Ledger()

    def read(self) -> Iterable[Reading]:
        key, left = self._queue.name, self._queue.pop == "left"
        looked_for = self._ledger.looked_for()
        lookups: list[Command] = [("LPOS", key, e, "RANK", 1 if left else -1, "MAXLEN", p + 1) for e, p in looked_for]
        depth, head, newest, *places = self.server.lookups(
            ("LLEN", key), ("LINDEX", key, 0 if left else -1), ("LINDEX", key, -1 if left else 0), *lookups
        )
        now, labels = time.monotonic(), {"queue": key}
        self._ledger.found([p if left or p is None else depth - 1 - p for p in places])
        if depth and (depth == 1 or head != newest):
            self._ledger.remember(now, newest, depth)
        yield Reading(metrics.QUEUE_READY, depth, labels)
        yield Reading(metrics.QUEUE_OLDEST_AGE_S, self._ledger.age_s(now), labels)
        yield Reading(metrics.QUEUE_COMPLETED, self._ledger.left, labels)

    def close(self) -> None:
        self.server.close()


class _Lists:
    def __init__(self, lists: list[_List]) -> None:
        self._lists = lists

    def read(self) -> Iterable[Reading]:
        for one in self._lists:
            yield from one.read()

    def facts(self) -> JSON:
        return {}

    def close(self) -> None:
        for one in self._lists:
            one.close()


def connect(target: Target) -> _Lists:
    configured = [queue for queue in target.queues if queue.kind == "list"]
    if not configured:
        raise NotConfigured("the target names no queue that is a Redis list")
    return _Lists([_List(q, open_server(f"queue {q.name}", q.url, _LOST)) for q in configured])


PROBE = Probe("list_queue", "Queues that are plain Redis lists: depth and what leaves.", 1.0, METRICS, connect)
