"""Columns that are compared for equality: in a statement's text by table, in a plan's condition by alias."""

from __future__ import annotations

import pytest

from analysis.record.sql_equalities import condition_columns, equality_columns, index_columns, serves


@pytest.mark.parametrize(
    ("where", "columns"),
    [
        ("tenant_id = $1 AND status = $2", ("tenant_id", "status")),
        ("$1 = tenant_id", ("tenant_id",)),
        ("tenant_id=$1::bigint AND id=ANY($2) AND tenant_id = $3", ("tenant_id", "id")),
        ("id IN ($1 /*, ... */) AND kind IN (SELECT kind FROM kinds)", ("id", "kind")),
        ("(a, b) = ($1, $2) AND (c, d) IN (($3, $4))", ("a", "b", "c", "d")),
        ("upper(email) = $1 AND lower(name::text) = $2", ("upper(email)", "lower(name)")),
        ("email::text = $1", ("email",)),
        ("created_at::date = $1", ()),  # another value than the column's, by which an index on it is not sorted
        ("date_trunc($1, created_at) = $2", ()),
        ("a = b AND c > $1 AND d <> $2 AND e LIKE $3 AND f IS NULL", ()),
        ("a = $1 OR b = $2", ()),
        ("NOT (a = $1)", ()),
        ("(a = $1 AND (b = $2 OR c = $3))", ("a",)),
        ("a = coalesce($1, $2) AND b = now()", ("a", "b")),
        ("a = (SELECT max(id) FROM u)", ()),
        ('"a" = $1 AND "Kind" = $2 AND "order" = $3 AND STATUS = $4', ("a", '"Kind"', '"order"', "status")),
        ("a = %s AND b = %(b)s", ("a", "b")),
    ],
)
def test_columns_by_condition(where: str, columns: tuple[str, ...]) -> None:
    assert equality_columns(f"SELECT x FROM tasks WHERE {where}", "public.tasks") == columns


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("SELECT 1 FROM tasks t JOIN users u ON u.id = t.user_id WHERE u.email = $1 AND t.kind = $2", ("kind",)),
        ("SELECT 1 FROM users u LEFT JOIN tasks t ON t.user_id = u.id AND t.kind = $1 WHERE u.id = $2", ("kind",)),
        ("SELECT 1 FROM users u, tasks WHERE tasks.kind = $1 AND tenant_id = $2", ("kind", "tenant_id")),
        ("SELECT 1 FROM users WHERE id = $1 AND id IN (SELECT user_id FROM tasks WHERE kind = $2)", ("kind",)),
        ("SELECT 1 FROM (SELECT id FROM tasks WHERE kind = $1) p WHERE p.id = $2", ("kind",)),
        ("WITH p AS (SELECT id FROM tasks WHERE kind = $1) SELECT 1 FROM p WHERE id = $2", ("kind",)),
        ("UPDATE tasks SET status = $1 WHERE kind = $2", ("kind",)),
        (
            "UPDATE tasks t SET status = $1 FROM users u WHERE u.id = t.user_id AND u.email = $2 AND t.kind = $3",
            ("kind",),
        ),
        ("DELETE FROM tasks USING users u WHERE u.id = $1 AND tasks.kind = $2", ("kind",)),
        ("INSERT INTO log (a) SELECT id FROM tasks WHERE kind = $1", ("kind",)),
        ("INSERT INTO tasks (kind) VALUES ($1)", ()),
        ("SELECT 1 FROM app.tasks WHERE kind = $1", ("kind",)),
        ("SELECT 1 FROM users WHERE kind = $1", ()),
        ("SELECT 1 FROM tasks WHERE kind = $1 UNION SELECT 1 FROM users WHERE email = $2", ("kind",)),
    ],
)
def test_columns_belong_to_their_table(text: str, columns: tuple[str, ...]) -> None:
    assert equality_columns(text, "app.tasks") == columns


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("((completed_at IS NULL) AND (tenant_id = $1))", ("tenant_id",)),
        ("(t.project_id = p.id)", ("project_id",)),
        ("(p.id = t.project_id)", ("project_id",)),
        ("(upper((email)::text) = $1)", ("upper(email)",)),
        ("((status)::text = ANY ('{open,late}'::text[]))", ("status",)),
        ("((id = $1) AND (NOT (hashed SubPlan 1)))", ("id",)),
        ("(id = (InitPlan 1).col1)", ("id",)),
        ("((kind = $1) OR (status = $2))", ()),
        ("(title ~~* $2)", ()),
        ("((tenant_id = $1) AND (title ~~* $2))", ("tenant_id",)),
        ("((data ->> 'kind'::text) = $1)", ("(data ->> 'kind')",)),
        ("((t.data ->> 'it''s'::text) = ANY ($1))", ("(data ->> 'it''s')",)),
        ("((data ->> $1) = $2)", ()),
        ("(((data -> 'a'::text) ->> 'b'::text) = $1)", ()),
        ("(date_trunc('day'::text, at) = $1)", ()),
        ("", ()),
        ("no condition (", ()),
    ],
)
def test_columns_of_a_plans_condition(text: str, columns: tuple[str, ...]) -> None:
    assert condition_columns(text, "t") == columns


@pytest.mark.parametrize(
    ("definition", "columns"),
    [
        ("CREATE UNIQUE INDEX i ON public.t USING btree (id)", ("id",)),
        ("CREATE INDEX i ON public.t USING btree (tenant_id, created_at DESC)", ("tenant_id", "created_at")),
        ("CREATE INDEX i ON public.t USING btree (a DESC NULLS LAST) INCLUDE (b) WHERE (c IS NULL)", ("a",)),
        ("CREATE INDEX i ON public.t USING btree (lower((email)::text), tenant_id)", ("lower(email)", "tenant_id")),
        ("CREATE INDEX i ON public.t USING btree (btrim(name), md5(body))", ("trim(name)", "md5(body)")),
        ("CREATE INDEX i ON public.t USING gin (title gin_trgm_ops)", ("title",)),
        ("CREATE INDEX i ON public.t USING btree (a, ((data ->> 'kind'::text)))", ("a", "(data ->> 'kind')")),
        ('CREATE INDEX i ON public.t USING btree ("order")', ('"order"',)),
        ("CREATE INDEX i ON public.t USING btree (a, to_tsvector('english'::regconfig, b), c)", ("a",)),
        ("CREATE INDEX i ON public.t USING gin (to_tsvector('english'::regconfig, body))", ()),
        ("SELECT 1", ()),
    ],
)
def test_what_an_index_is_sorted_by(definition: str, columns: tuple[str, ...]) -> None:
    assert index_columns(definition) == columns


@pytest.mark.parametrize(
    ("keys", "columns", "served"),
    [
        ("(tenant_id)", ("tenant_id", "parent_id"), False),
        ("(tenant_id, parent_id)", ("parent_id", "tenant_id"), True),
        ("(tenant_id, parent_id, created_at)", ("tenant_id", "parent_id"), True),
        ("(tenant_id, created_at, parent_id)", ("tenant_id", "parent_id"), False),
        ("(email)", ("lower(email)",), False),
        ("(lower(email))", ("lower(email)",), True),
    ],
)
def test_an_index_serves_an_equality_of_all_columns_that_it_begins_with(
    keys: str, columns: tuple[str, ...], served: bool
) -> None:
    assert serves(f"CREATE INDEX i ON t USING btree {keys}", columns) is served


def test_a_key_that_leads_to_one_row_serves_whatever_else_is_compared() -> None:
    assert serves("CREATE UNIQUE INDEX i ON t USING btree (id)", ("tenant_id", "id"))
    assert not serves("CREATE UNIQUE INDEX i ON t USING btree (tenant_id, slug)", ("tenant_id", "id"))


@pytest.mark.parametrize(
    ("rest", "served"),
    [
        ("USING btree (a) INCLUDE (b)", True),
        ("USING hash (a)", True),
        ("USING btree (a) WHERE (a IS NOT NULL)", True),
        ("USING btree (a) WHERE (b IS NOT NULL)", False),
        ("USING btree (a) WHERE (a IS NULL)", False),
        ("USING btree (a) WHERE (state = 'open'::text)", False),
        ("USING btree (a) WHERE ((a IS NOT NULL) AND (b > 3))", False),
        ("USING brin (a)", False),
        ("USING gin (a gin_trgm_ops)", False),
    ],
)
def test_an_index_serves_only_if_it_holds_every_row_and_looks_up_equal_values(rest: str, served: bool) -> None:
    assert serves(f"CREATE INDEX i ON public.t {rest}", ("a",)) is served
    assert not serves(f"CREATE INDEX i ON public.t {rest}", ("b",))


@pytest.mark.parametrize(
    ("predicate", "where", "served"),
    [
        ("(deleted_at IS NULL)", "t.a = $1 AND t.deleted_at IS NULL", True),
        ("(deleted_at IS NULL)", "t.a = $1", False),
        ("(deleted_at IS NULL)", "t.a = $1 OR t.deleted_at IS NULL", False),
        ("((deleted_at IS NULL) AND (a IS NOT NULL))", "deleted_at IS NULL AND a = $1", True),
        ("((deleted_at IS NULL) AND (b IS NULL))", "deleted_at IS NULL AND a = $1", False),
        ("(NOT hidden)", "NOT t.hidden AND t.a = $1", True),
    ],
)
def test_a_partial_index_serves_a_statement_that_wants_the_same(predicate: str, where: str, served: bool) -> None:
    definition = f"CREATE INDEX i ON public.t USING btree (a) WHERE {predicate}"
    assert serves(definition, ("a",), f"SELECT 1 FROM t WHERE {where}") is served
