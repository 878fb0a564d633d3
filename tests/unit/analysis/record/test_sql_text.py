"""Tables that a statement names, batches, and reads that could go to a replica."""

from __future__ import annotations

import pytest

from analysis.record.sql_text import checks_foreign_key, many_at_once, mentions, only_reads


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("SELECT 1 FROM tasks", True),
        ("SELECT 1 FROM app.tasks", True),
        ("SELECT 1 FROM other.tasks", False),
        ('SELECT 1 FROM "tasks" t', True),
        ('SELECT 1 FROM "Tasks"', False),
        ("SELECT 1 FROM TASKS", True),
        ("SELECT tasks FROM users", False),
        ("SELECT 1 FROM open_tasks", False),
        ("WITH tasks AS (SELECT 1) SELECT * FROM tasks", False),
        ("SELECT 1 FROM users u JOIN tasks ON true", True),
        ("SELECT (SELECT count(*) FROM tasks) FROM users", True),
        ("INSERT INTO tasks (a) VALUES ($1)", True),
        ("UPDATE tasks SET a = $1", True),
        ("DELETE FROM users USING tasks", True),
        ("SELECT 'tasks' FROM users -- tasks", False),
        ("VACUUM tasks", False),  # nothing that is asked of the data
    ],
)
def test_tables_that_a_statement_names(text: str, named: bool) -> None:
    assert mentions(text, "app.tasks") is named


@pytest.mark.parametrize(
    ("text", "many"),
    [
        ("SELECT 1 FROM t WHERE a = $1 AND b = $2", False),
        ("SELECT 1 FROM t WHERE a IN ($1, $2)", True),
        ("SELECT 1 FROM t WHERE a IN ($1 /*, ... */)", True),
        ("SELECT 1 FROM t WHERE a = ANY($1)", True),
        ("SELECT 1 FROM t WHERE a = ANY(ARRAY[$1, $2])", True),
        ("SELECT 1 FROM t WHERE a = ANY(VALUES ($1), ($2))", True),
        ("SELECT 1 FROM t WHERE a > ALL($1)", True),
        ("SELECT 1 FROM t WHERE $1 = ANY(tags)", False),
        ("SELECT 1 FROM t WHERE a IN (SELECT b FROM u WHERE c = $1)", False),
        ("SELECT 1 FROM t WHERE a = ANY(SELECT b FROM u)", False),
        ("SELECT 1 FROM unnest($1::int[]) u JOIN t ON t.id = u", True),
        ("SELECT unnest($1)", True),
        ("SELECT 1 FROM t WHERE a = $1 LIMIT $2", False),
        ("SELECT 1 FROM t WHERE a = $1 LIMIT $2 OFFSET $3", True),
        ("FETCH FORWARD 100 FROM c", True),
        ("SELECT 'x IN ($1)' FROM t", False),
        ("UPDATE t SET a = $1 WHERE b = $2", False),
        ("not a statement", True),
    ],
)
def test_one_call_for_many(text: str, many: bool) -> None:
    assert many_at_once(text) is many


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("SELECT 1 FROM t", True),
        ("(SELECT 1) UNION (SELECT 2)", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("VALUES ($1)", True),
        ("SELECT 'delete from t', updated_at AS update FROM t WHERE note = 'for update'", True),
        ("WITH a AS (DELETE FROM t RETURNING id) SELECT * FROM a", False),
        ("SELECT 1 FROM t FOR NO KEY UPDATE", False),
        ("SELECT 1 FROM t FOR SHARE", False),
        ("SELECT nextval($1)", False),
        ("SELECT a INTO u FROM t", False),
        ("INSERT INTO t SELECT 1", False),
        ("UPDATE t SET a = $1", False),
        ("FETCH 1 FROM c", False),
        ("cannot be parsed", False),
    ],
)
def test_reads_that_could_go_to_a_replica(text: str, reads: bool) -> None:
    assert only_reads(text) is reads


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ('SELECT $2 FROM ONLY "public"."tenants" x WHERE "id" OPERATOR(pg_catalog.=) $1 FOR KEY SHARE OF x', True),
        ('SELECT 1 FROM ONLY "shop"."a b" x WHERE "id" = $1 AND "tenant_id" = $2\n FOR KEY SHARE OF x', True),
        ('SELECT $2 FROM "public"."parted" x WHERE "id" OPERATOR(pg_catalog.=) $1 FOR KEY SHARE OF x', True),
        ("SELECT id FROM orders WHERE id = $1 FOR KEY SHARE", False),
        ("SELECT id, name FROM tenants x WHERE id = $1 FOR UPDATE OF x", False),
        ('DELETE FROM ONLY "public"."lines" WHERE $1 OPERATOR(pg_catalog.=) "order_id"', False),  # an index helps this
    ],
)
def test_a_foreign_keys_own_check_is_told_from_what_the_application_sends(text: str, own: bool) -> None:
    assert checks_foreign_key(text) is own
