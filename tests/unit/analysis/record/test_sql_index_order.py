"""By what an index goes on after what is compared for equality: a range first, else the order of a limited answer."""

from __future__ import annotations

import pytest

from analysis.record.sql_index_order import next_column


@pytest.mark.parametrize(
    ("rest", "column"),
    [
        ("AND at > now() - interval $2", "at"),
        ("AND $2 <= at", "at"),
        ("AND at BETWEEN $2 AND $3 ORDER BY id LIMIT $4", "at"),
        ("AND lower(name) >= $2", "lower(name)"),
        ("AND (at > $2 AND kind < $3)", "at"),
        ("ORDER BY at DESC, id LIMIT $2", "at"),
        ("ORDER BY tenant_id, at LIMIT $2", "at"),
        ('ORDER BY "Kind" FETCH FIRST 5 ROWS ONLY', '"Kind"'),
        ("ORDER BY at", None),  # all rows are sorted anyway
        ("ORDER BY random(), at LIMIT $2", None),
        ("AND (at > $2 OR kind = $3)", None),
        ("AND at > updated_at", None),  # another value for each row
        ("AND NOT at > $2", None),
        ("AND tenant_id < $2", None),
        ("AND name ILIKE $2", None),
    ],
)
def test_column_by_the_rest_of_a_statement(rest: str, column: str | None) -> None:
    assert next_column(f"SELECT id FROM tasks WHERE tenant_id = $1 {rest}", "public.tasks", ("tenant_id",)) == column


@pytest.mark.parametrize(
    ("text", "column"),
    [
        (
            "SELECT 1 FROM tasks t JOIN users u ON u.id = t.user_id WHERE t.tenant_id = $1 ORDER BY u.name LIMIT $2",
            None,
        ),
        ("SELECT 1 FROM tasks t, users u WHERE t.tenant_id = $1 AND t.at > $2 AND u.at > $3", "at"),
        ("SELECT 1 FROM tasks, users WHERE at > $1", None),  # of either
        ("SELECT 1 FROM users WHERE id IN (SELECT user_id FROM tasks WHERE tenant_id = $1 AND at < $2)", "at"),
        ("SELECT 1 FROM users WHERE at > $1", None),
        ("DELETE FROM tasks WHERE tenant_id = $1 AND at < $2", "at"),
        ("no statement (", None),
    ],
)
def test_the_column_is_of_the_table(text: str, column: str | None) -> None:
    assert next_column(text, "public.tasks", ("tenant_id",)) == column
