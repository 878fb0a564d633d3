"""The order of slices: parents before children, and what nobody refers to side by side."""

from __future__ import annotations

import pytest

from seeders.declaration.frame import frame_of
from seeders.growth import journal
from seeders.growth.find import find
from seeders.growth.load import load
from seeders.growth.target_tables import Found

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
    hands, step = Hands(), journal.GrowthStep(0, 10, 1, 1, "", COUNTS, "bulk", "")
    load(hands, LAB, frame_of(LAB, 10, 1), step, FOUND, done, lambda one, rows: None, in_order=in_order)
    return hands.groups


@pytest.mark.parametrize("in_order", [True, False])
def test_every_slice_comes_once_and_parents_before_their_children(in_order):
    whole = [one for group in ordered(set(), in_order=in_order) for one in group]
    assert sorted(whole) == sorted((name, index) for name, count in COUNTS.items() for index in range(count))
    tables = [name for name, _ in whole]
    for child, parent in [
        ("users", "tenants"), ("projects", "users"), ("tasks", "projects"), ("tasks", "users"), ("invoices", "tenants"),
        ("invoice_lines", "invoices"), ("audit_events", "users"),
    ]:  # fmt: skip
        assert tables.index(child) > len(tables) - 1 - tables[::-1].index(parent)


def test_parents_have_something_beside_them_where_that_can_be():
    (whole,) = ordered(set(), in_order=False)
    tables = [name for name, _ in whole]
    among = tables[tables.index("invoices") : len(tables) - tables[::-1].index("invoices")]
    assert {"tasks", "audit_events"} & set(among)


def test_with_foreign_keys_a_table_is_whole_before_another_that_refers_to_it_begins():
    groups = [{name for name, _ in group} for group in ordered(set(), in_order=True)]
    assert groups == [*({name} for name in PARENTS), {"tasks", "invoice_lines", "audit_events"}]


@pytest.mark.parametrize("in_order", [True, False])
def test_tables_that_nobody_refers_to_are_spread_evenly(in_order):
    leaves = [name for name, _ in ordered(set(), in_order=in_order)[-1] if name not in PARENTS]
    last = leaves[-9:]
    assert last.count("tasks") in (4, 5) and last.count("invoice_lines") >= 3 and last.count("audit_events") in (1, 2)


def test_slices_that_are_there_are_left_out():
    done = {"tenants/0", "users/1", "tasks/4"}
    whole = {f"{name}/{index}" for group in ordered(done, in_order=False) for name, index in group}
    assert len(whole) == sum(COUNTS.values()) - 3
    assert not whole & done
