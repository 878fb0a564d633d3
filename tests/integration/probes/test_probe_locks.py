"""A queue for one row: who waits, where, and for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import psycopg

from probes.locks import PROBE
from tests.integration.conftest import Database, await_true

UPDATE = "UPDATE items SET note = 'x' WHERE id = 1"


@contextmanager
def waiting(database: Database, hold: str, statement: str, waiters: int) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that holds what `waiters` sessions wait for."""
    with database.connect("shop") as holder:
        queue = [database.connect("shop") for _ in range(waiters)]
        holder.execute("BEGIN")
        holder.execute(hold.encode())
        threads = [Thread(target=waiter.execute, args=(statement,), daemon=True) for waiter in queue]
        for thread in threads:
            thread.start()
        try:
            yield holder
        finally:
            holder.execute("COMMIT")
            for thread, waiter in zip(threads, queue, strict=True):
                thread.join()
                waiter.close()


def test_waiters_are_counted_under_the_root_of_their_queue(watch: Callable[..., Any], database: Database) -> None:
    locks = watch(PROBE, postgres=database.conninfo())
    assert locks.read()("db.lock_waiters", table="", blocker="") == 0
    with waiting(database, UPDATE, UPDATE, 3) as holder, database.connect() as onlooker:
        await_true(lambda: locks.read()("db.lock_waiters") == 3, 5)
        (waiters,) = locks.read().all("db.lock_waiters")
        (blocker,) = onlooker.execute(
            "SELECT query_id::text FROM pg_stat_activity WHERE pid = %s", [holder.info.backend_pid]
        )
    assert waiters.labels == {"table": "public.items", "blocker": blocker[0]}
    assert locks.read()("db.lock_waiters") == 0


def test_waiting_for_a_whole_table_names_it(watch: Callable[..., Any], database: Database) -> None:
    locks = watch(PROBE, postgres=database.conninfo("watcher"))
    with waiting(database, "LOCK TABLE items IN ACCESS EXCLUSIVE MODE", "SELECT count(*) FROM items", 1):
        # At first there may be no reading of that table: the waiter has not reached the lock yet.
        await_true(lambda: sum(r.value for r in locks.read().all("db.lock_waiters", table="public.items")) == 1, 5)
