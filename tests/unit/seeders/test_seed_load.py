"""The order of slices: parents before children, and what nobody refers to side by side."""

from __future__ import annotations

from itertools import groupby

import pytest

from seeders import _state
from seeders._catalog import Found
from seeders._frame import frame_of
from seeders._load import load
from seeders.find import find

LAB = find("lab")
FOUND = [Found(table, number, ()) for number, table in enumerate(LAB.tables)]
COUNTS = {"tenants": 1, "users": 2, "projects": 2, "tasks": 9, "invoices": 3, "invoice_lines": 6, "audit_events": 3}
PARENTS = ["tenants", "users", "projects", "invoices"]


class Hands:
    """A crew that only notes what it is told to do, and what it may do at once."""

    def __init__(self) -> None:
        self.groups: list[list[tuple[str, int]]] = []

    def each(self, _work, items):
        self.groups.append([(one.found.table.name, one.index) for one in items])


def ordered(done: set[str], *, in_order: bool) -> list[list[tuple[str, int]]]:
    hands, step = Hands(), _state.Step(0, 10, 1, 1, "", COUNTS, "bulk", "")
    load(hands, LAB, frame_of(LAB, 10, 1), step, FOUND, done, lambda one, rows: None, in_order=in_order)
    return hands.groups


@pytest.mark.parametrize("in_order", [True, False])
def test_every_slice_comes_once_and_parents_before_all_others(in_order):
    whole = [one for group in ordered(set(), in_order=in_order) for one in group]
    assert sorted(whole) == sorted((name, index) for name, count in COUNTS.items() for index in range(count))
    tables = [name for name, _ in whole]
    assert [name for name, _ in groupby(tables)][: len(PARENTS)] == PARENTS


def test_with_foreign_keys_a_table_is_whole_before_another_that_refers_to_it_begins():
    groups = [{name for name, _ in group} for group in ordered(set(), in_order=True)]
    assert groups == [*({name} for name in PARENTS), {"tasks", "invoice_lines", "audit_events"}]


def test_tables_that_nobody_refers_to_are_spread_evenly():
    (whole,) = ordered(set(), in_order=False)
    leaves = [name for name, _ in whole][-18:]
    halves = leaves[:9], leaves[9:]
    assert all(abs(halves[0].count(name) - halves[1].count(name)) <= 1 for name in set(leaves))


def test_slices_that_are_there_are_left_out():
    done = {"tenants/0", "users/1", "tasks/4"}
    whole = {f"{name}/{index}" for group in ordered(done, in_order=False) for name, index in group}
    assert len(whole) == sum(COUNTS.values()) - 3
    assert not whole & done
