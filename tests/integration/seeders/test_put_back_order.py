"""The longest work begins first, so that the connections end together: told from the order of new indexes."""

from __future__ import annotations

import psycopg

from seeders.database import bulk, state
from seeders.database.connect import connect
from seeders.database.crew import crew
from seeders.database.detach import detach

_ROWS = {"a_small": 10, "b_small": 10, "y_middle": 20_000, "z_large": 60_000}


def test_indexes_of_larger_tables_are_built_first(lab):
    with connect(lab) as control, crew(lab) as hands:
        for name, rows in _ROWS.items():
            control.execute(f"CREATE TABLE {name} AS SELECT i FROM generate_series(1, {rows}) i".encode())
            control.execute(f"CREATE INDEX {name}_by_i ON {name} (i)".encode())
        state.make(control)
        tables = [oid for (oid,) in control.execute("SELECT indrelid::bigint FROM pg_index WHERE NOT indisprimary "
                                                    "AND indexrelid::regclass::text LIKE '%\\_by\\_i'")]  # fmt: skip
        detach(control, tables)
        assert bulk.put_back(control, hands, lambda *_: None) == len(_ROWS)
    with psycopg.connect(lab) as connection:
        made = connection.execute("SELECT relname FROM pg_class WHERE relname LIKE '%\\_by\\_i' ORDER BY oid::bigint")
        names = [name for (name,) in made]
    assert set(names[:2]) == {"z_large_by_i", "y_middle_by_i"}
