"""Which database a page reads from: the primary, or a replica that shows what the primary held a moment ago."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping

from lab.app.database import Database


class Reads:
    """The primary and, where reads are to go there, its replica."""

    def __init__(self, routing: str, primary: Database, replica: Database | None) -> None:
        self.primary = primary
        self.replica = None if routing == "primary" else replica
        self._by_method = routing == "replica"
        self._turns = itertools.cycle([primary] if self.replica is None else [primary, self.replica])

    def of_request(self, method: str) -> Database:
        """What a request works on, told by its method alone."""
        return self.replica if self.replica is not None and self._by_method and method == "GET" else self.primary

    def relaxed(self, database: Database) -> Database:
        """What reads that may be a moment old, in a request that works on `database`, take turns with."""
        return database if self._by_method else next(self._turns)

    async def open(self) -> None:
        """Connect; raises PoolTimeout when a server cannot be reached."""
        for database in self._all():
            await database.open()

    async def close(self) -> None:
        for database in self._all():
            await database.pool.close()

    def stats(self) -> Mapping[str, int]:
        """What the pools have counted, as one."""
        total = Counter[str]()
        for database in self._all():
            total.update(database.pool.get_stats())
        return dict(total)

    def _all(self) -> list[Database]:
        return [self.primary] if self.replica is None else [self.primary, self.replica]
