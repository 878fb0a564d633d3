"""Processor time of processes that come and go: whatever the kernel does with it, it is counted once."""

from __future__ import annotations

import random

import pytest

from probes._cpu_account import Account, Times
from probes._disk_account import DiskAccount

SERVER, CHILD, OTHER = 1, 2, 3


def entered(*entries: tuple[dict[int, Times], set[int]]) -> float:
    account = Account()
    for now, born in entries:
        account.enter(now, frozenset(born))
    return account.used_s


def test_a_past_that_was_not_seen_is_not_counted() -> None:
    assert entered(({SERVER: Times(100, 50)}, {SERVER})) == 0
    assert entered(({}, set()), ({SERVER: Times(100, 50)}, set())) == 0  # found late
    assert entered(({}, set()), ({SERVER: Times(2, 1)}, {SERVER})) == 3  # begun since


def test_a_child_that_its_parent_waited_for_is_counted_once() -> None:
    alive = {SERVER: Times(1, 0), CHILD: Times(4, 0)}
    assert entered((alive, set()), ({SERVER: Times(1, 4.5)}, set())) == pytest.approx(0.5)


def test_a_child_that_nobody_waited_for_keeps_what_it_used() -> None:
    counted = entered(
        ({SERVER: Times(1, 0)}, set()),
        ({SERVER: Times(1, 0), CHILD: Times(4, 0)}, {CHILD}),
        ({SERVER: Times(1, 0)}, set()),
        ({SERVER: Times(2, 0)}, set()),
    )
    assert counted == 5


def test_a_child_that_ends_between_the_looks_at_its_parent_and_at_itself_is_counted_once() -> None:
    counted = entered(
        ({SERVER: Times(1, 0), CHILD: Times(4, 0)}, set()),
        ({SERVER: Times(1, 0)}, set()),
        ({SERVER: Times(1, 4.5)}, set()),
        ({SERVER: Times(1, 6.5)}, set()),  # another child, never seen
    )
    assert counted == pytest.approx(2.5)


@pytest.mark.parametrize("seed", range(5))
def test_the_total_is_what_was_planted(seed: int) -> None:
    """A server whose children work, end and are waited for, at random: the account follows the planted truth."""
    draw = random.Random(seed)
    account, worked, own, waited = Account(), 0.0, 0.0, 0.0
    children: dict[int, float] = {}
    account.enter({SERVER: Times(0, 0)})
    for pid in range(10, 400):
        born = {pid} if draw.random() < 0.5 else set()
        children |= dict.fromkeys(born, 0.0)
        for child in list(children):
            spent = draw.random()
            worked, children[child] = worked + spent, children[child] + spent
            if draw.random() < 0.2:
                waited += children.pop(child)
        own, worked = own + 0.1, worked + 0.1
        now = {SERVER: Times(own, waited)} | {child: Times(spent, 0) for child, spent in children.items()}
        account.enter(now, frozenset(born))
    assert account.used_s == pytest.approx(worked)


def test_bytes_of_disks_are_counted_from_when_a_process_was_found_or_began() -> None:
    account = DiskAccount()
    account.enter({SERVER: 500})
    account.enter({SERVER: 700, OTHER: 9_000, CHILD: 40}, frozenset({CHILD}))  # one was found late, one began since
    account.enter({SERVER: 710, OTHER: 9_001})
    assert account.bytes == 200 + 40 + 10 + 1
