"""Indexes that are advised: quoted, and none that another one makes needless."""

from __future__ import annotations

import pytest

from analysis.detectors._index_sql import Index, few


@pytest.mark.parametrize(
    ("index", "on"),
    [
        (Index("public.tasks", ("tenant_id", "upper(email)")), "public.tasks (tenant_id, upper(email))"),
        (Index("public.Order", ("user_id",), '"Kind"'), 'public."Order" (user_id, "Kind")'),
        (Index("my-app.user", ("(data ->> 'kind')",)), '"my-app"."user" ((data ->> \'kind\'))'),
        (Index('public.a"; DROP TABLE t; --', ("b",)), 'public."a""; DROP TABLE t; --" (b)'),
    ],
)
def test_names_are_quoted_where_they_need_it(index: Index, on: str) -> None:
    assert index.sql == f"CREATE INDEX CONCURRENTLY ON {on};"


def test_an_index_that_another_one_replaces_is_not_made() -> None:
    one, longer = Index("t", ("a",)), Index("t", ("a", "b"))
    ranged, turned = Index("t", ("a",), "b"), Index("t", ("b", "a"))
    assert few([one, longer, Index("u", ("a",))]) == [longer, Index("u", ("a",))]
    assert few([one, one]) == [one]
    assert few([longer, turned]) == [longer]  # both compare both columns
    assert few([turned, ranged]) == [ranged]  # which does for both; the other cannot for the range
    assert few([ranged, Index("t", ("a",), "c")]) == [ranged, Index("t", ("a",), "c")]
