"""Which settings an undo would take away, read off its text; the inventory names them as Postgres does."""

from __future__ import annotations

import pytest

from conductor.experiment.guard import taken_away

SERVER, FILE = "setting work_mem (postgresql.auto.conf)", "setting work_mem (postgresql.conf)"
SHOP, EVERYBODY = "setting jit of shop in all databases", "setting jit of all roles in all databases"
DATABASE, OPTIONS = "setting work_mem of all roles in orders", "options of public.orders"
INVENTORY = dict.fromkeys((SERVER, FILE, SHOP, EVERYBODY, DATABASE, OPTIONS), "on")


@pytest.mark.parametrize(
    ("undo", "taken"),
    [
        ("ALTER SYSTEM RESET work_mem", {SERVER}),
        ("alter system reset WORK_MEM;", {SERVER}),
        ("ALTER SYSTEM SET work_mem TO DEFAULT", {SERVER}),
        ("ALTER SYSTEM RESET ALL", {SERVER}),
        ("ALTER SYSTEM RESET maintenance_work_mem", set()),
        ("ALTER SYSTEM SET work_mem = '4MB'", set()),
        ("ALTER ROLE shop RESET jit", {SHOP}),
        ("ALTER ROLE Shop RESET ALL", {SHOP}),
        ("ALTER ROLE watcher RESET ALL", set()),
        ("ALTER ROLE ALL RESET jit", {EVERYBODY}),
        ("ALTER DATABASE orders RESET ALL", {DATABASE}),
        ("ALTER DATABASE other RESET ALL", set()),
    ],
)
def test_an_undo_takes_away_what_it_resets(undo: str, taken: set[str]) -> None:
    assert set(taken_away(undo, INVENTORY)) == taken
