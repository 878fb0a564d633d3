"""Some connections with a thread each, that load side by side."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import pyarrow as pa

from seeders.database.connect import Connection, connect

T = TypeVar("T")
_CANCELS, _CANCEL_S = 10, 0.5


def loaders() -> int:
    """How many connections load at once: numpy, Arrow and libpq all work without the interpreter's lock."""
    return max(2, min(8, (os.cpu_count() or 2) // 2))


class Crew:
    """Some connections with a thread each; work that fails stops the rest."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections, self._free = tuple(connections), list(connections)
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(len(connections), thread_name_prefix="seed")

    def __len__(self) -> int:
        return len(self._connections)

    def each(self, work: Callable[[Connection, T], None], items: Sequence[T]) -> None:
        """Do `work` for every item, in about their order; the first error is raised when all threads have stopped."""
        stop = threading.Event()

        def one(item: T) -> None:
            if stop.is_set():
                return
            with self._lock:
                connection = self._free.pop()
            try:
                work(connection, item)
            except BaseException:
                stop.set()
                raise
            finally:
                with self._lock:
                    self._free.append(connection)

        futures = [self._pool.submit(one, item) for item in items]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        except BaseException:  # Ctrl-C does not wait for an index to be built
            stop.set()
            self._cancel(futures)
            raise
        stop.set()
        for future in futures:
            future.result()

    def _cancel(self, futures: Sequence[Future[None]]) -> None:
        """Cancel what runs, again and again: one that comes between two statements of a thread is lost."""
        for _ in range(_CANCELS):
            for connection in self._connections:
                connection.cancel_safe(timeout=_CANCEL_S)
            if not wait(futures, timeout=_CANCEL_S).not_done:
                return

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


@contextmanager
def crew(conninfo: str) -> Iterator[Crew]:
    """A crew of as many loaders as this machine can feed."""
    with ExitStack() as stack:
        stack.callback(pa.set_memory_pool, pa.default_memory_pool())
        pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps what a slice has used: 30 MB more at the peak
        hands = Crew([stack.enter_context(connect(conninfo)) for _ in range(loaders())])
        stack.callback(hands.close)
        yield hands
