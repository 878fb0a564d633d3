"""How long does a queue grow that is a plain Redis list, and how fast is it emptied?"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from probes._gaps import merged_gaps
from probes._list_ends import FURTHEST, Ends
from probes._probe import NotConfigured, Probe
from probes._redis import Command, Server, open_server
from rampart import metrics
from rampart.config import Queue, Target
from rampart.model import JSON, Gap, Reading

_LOST = ("workers", "sync-work")
_LOOKED_FOR = 4  # of the oldest tracers, in one read
_PLAIN = "Fill the list at one end and empty it at the other (LPUSH, BRPOP), and give each element an id of its own."

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
        return [tracer for tracer in chosen if tracer.number - self.left < FURTHEST]

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
    """One list, read from both ends until it is seen which one is emptied.

    A ledger that takes the wrong end for the head finds elements gone that are there, and none there that are gone: of
    the two the lower count of what has left is right, and the higher age.
    """

    def __init__(self, queue: Queue, server: Server) -> None:
        self._queue, self.server = queue, server
        self._ends = Ends()
        self._ledgers = {"left": Ledger(), "right": Ledger()}

    def read(self) -> Iterable[Reading]:
        key, labels = self._queue.name, {"queue": self._queue.name}
        ends = self._ends.lookups(key)
        traced = [(end, lookup) for end, ledger in self._ledgers.items() for lookup in _lookups(key, end, ledger)]
        looks: list[Command] = [("LLEN", key), ("LINDEX", key, 0), ("LINDEX", key, -1), *ends]
        depth, first, last, *found = self.server.lookups(*looks, *(lookup for _, lookup in traced))
        now = time.monotonic()
        self._ends.found(found[: len(ends)], depth)
        for end, ledger in self._ledgers.items():
            places = [place for (of, _), place in zip(traced, found[len(ends) :], strict=True) if of == end]
            ledger.found([p if end == "left" or p is None else depth - 1 - p for p in places])
            if depth and (depth == 1 or first != last):
                ledger.remember(now, last if end == "left" else first, depth)
        self._ends.remember(first, last, depth)
        if taken := self._ends.taken:
            self._ledgers = {end: ledger for end, ledger in self._ledgers.items() if end == taken}
        yield Reading(metrics.QUEUE_READY, depth, labels)
        if self._ends.uncounted is None:
            yield Reading(metrics.QUEUE_OLDEST_AGE_S, max(one.age_s(now) for one in self._ledgers.values()), labels)
            yield Reading(metrics.QUEUE_COMPLETED, min(one.left for one in self._ledgers.values()), labels)

    def gaps(self) -> Iterable[Gap]:
        name, taken = self._queue.name, self._ends.taken
        if why := self._ends.uncounted:
            reason = f"how many jobs leave the list {name}, and how old they are, is unknown: {why}"
            yield Gap("Q-UNCOUNTED", reason, ("workers",), _PLAIN)
        elif self._queue.pop is not None and taken not in (None, self._queue.pop):
            reason = f"workers take from the {taken} of {name}, and not from the {self._queue.pop}: so it was counted"
            yield Gap("Q-POP", reason, (), f'Set `pop = "{taken}"` in the target file, or leave it out.')

    def close(self) -> None:
        self.server.close()


def _lookups(key: str, end: str, ledger: Ledger) -> list[Command]:
    rank = 1 if end == "left" else -1
    return [("LPOS", key, element, "RANK", rank, "MAXLEN", p + 1) for element, p in ledger.looked_for()]


class _Lists:
    def __init__(self, lists: list[_List]) -> None:
        self._lists = lists

    def read(self) -> Iterable[Reading]:
        for one in self._lists:
            yield from one.read()

    def facts(self) -> JSON:
        return {"gaps": merged_gaps([gap for one in self._lists for gap in one.gaps()])}

    def close(self) -> None:
        for one in self._lists:
            one.close()


def connect(target: Target) -> _Lists:
    configured = [queue for queue in target.queues if queue.kind == "list"]
    if not configured:
        raise NotConfigured("the target names no queue that is a Redis list")
    return _Lists([_List(q, open_server(f"queue {q.name}", q.url, _LOST)) for q in configured])


PROBE = Probe("list_queue", "Queues that are plain Redis lists: depth and what leaves.", 1.0, METRICS, connect)
