"""The dry run touches nothing and is borne out by the growth."""

from __future__ import annotations

import pytest
from seeding import LAB, TABLES, ask, catalog, content, grown, kill_after

from rampart.errors import UsageError
from seeders.growth.grow import plan


def test_nothing_is_touched(lab):
    before = content(lab), catalog(lab)
    assert plan(LAB, lab, 500, 1).tenants == 500
    assert (content(lab), catalog(lab)) == before


def test_rows_are_exact_and_bytes_about_right(lab):
    grown(lab, 100)
    sizes = f"SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest('{{{','.join(TABLES)}}}'::text[]) name"
    before, there = int(ask(lab, sizes)[0][0]), content(lab)
    planned = plan(LAB, lab, 300, 1)
    grown(lab, 300)
    assert planned.rows == {table: content(lab)[table][0] - there[table][0] for table in TABLES}
    assert planned.bytes == pytest.approx(int(ask(lab, sizes)[0][0]) - before, rel=0.25)
    assert planned.free_bytes is not None and planned.needed_bytes <= planned.free_bytes
    assert planned.held == 100 and planned.seconds > 0


def test_the_mode_is_the_one_that_is_taken(lab):
    for tenants in (5, 60, 70):
        assert plan(LAB, lab, tenants, 1).mode == grown(lab, tenants).mode
    assert plan(LAB, lab, 20, 1).mode == "nothing to do"
    assert sum(plan(LAB, lab, 20, 1).rows.values()) == 0


def test_an_interrupted_growth_is_named(lab):
    assert kill_after(lab, 60, 4)
    planned = plan(LAB, lab, 80, 1)
    assert (planned.held, planned.pending, planned.tenants) == (0, 60, 80)


def test_another_seed_is_refused(lab):
    grown(lab, 5)
    with pytest.raises(UsageError, match="seed 1"):
        plan(LAB, lab, 10, 2)
