"""Work on tables by several connections: what shares a table goes side by side, what wants it alone does not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from seeders.database.connect import Connection
from seeders.database.crew import Crew
from seeders.database.jobs import Job, work_off

_SOON_S = 5


@pytest.fixture
def hands() -> Iterator[Crew]:
    """Two threads; nobody asks their connections anything."""
    crew = Crew([cast(Connection, object()), cast(Connection, object())])
    yield crew
    crew.close()


def _met(barrier: threading.Barrier) -> Callable[[Connection], None]:
    return lambda _connection: cast(None, barrier.wait(_SOON_S))


def test_two_indexes_of_a_table_are_built_side_by_side(hands):
    both = threading.Barrier(2)
    work_off(hands, [Job(1, _met(both), alone=False), Job(1, _met(both), alone=False)])


@pytest.mark.parametrize("second", [True, False], ids=["and so does the other", "and the other does not"])
def test_one_that_wants_its_table_alone_waits_for_it_while_others_go_on(hands, second):
    at_table, seen, other = 0, [], threading.Event()

    def busy(_connection: Connection) -> None:
        nonlocal at_table
        at_table += 1
        seen.append(at_table)
        assert other.wait(_SOON_S)  # another table's job is done while this one holds its table
        at_table -= 1

    jobs = [Job(1, busy, alone=True), Job(1, busy, alone=second), Job(2, lambda _: other.set(), alone=True)]
    work_off(hands, jobs)
    assert seen == [1, 1]


def test_after_an_error_nothing_is_begun(hands):
    begun: list[int] = []

    def fail(_connection: Connection) -> None:
        raise RuntimeError("refused")

    jobs = [Job(1, fail, alone=True), *(Job(1, lambda _, n=n: begun.append(n), alone=True) for n in range(5))]
    with pytest.raises(RuntimeError, match="refused"):
        work_off(hands, jobs)
    assert begun == []


def test_no_jobs_are_no_wait(hands):
    work_off(hands, [])
