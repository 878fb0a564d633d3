"""Whatever an event of Locust carries becomes a row: other protocols, odd contexts, tenants of any kind."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scenarios.generator.rows import headers_of, spans, status_of, tenant_of


@pytest.mark.parametrize(
    ("context", "tenant"),
    [
        ({"tenant": 7}, "7"),
        ({"tenant": "7d9c2b5e-3f57-4b39-9d7e-0a2f7f8c1b11"}, "7d9c2b5e-3f57-4b39-9d7e-0a2f7f8c1b11"),
        ({"tenant": 7251399114874880000}, "7251399114874880000"),
        ({"tenant": -1.5}, "-1.5"),
        ({"tenant": "acmé & søn"}, "acmé & søn"),
        ({"tenant": None}, None),
        ({}, None),
        (None, None),
        ("a word", None),
    ],
)
def test_a_tenant_is_any_text_or_number(context: object, tenant: str | None) -> None:
    assert tenant_of(context) == tenant


@pytest.mark.parametrize(
    "response",
    [None, object(), "pong", b"pong", {"ok": True}, SimpleNamespace(status_code="OK", headers=None), 7],
    ids=lambda one: type(one).__name__,
)
def test_an_answer_of_another_protocol_has_no_status_and_no_headers(response: object) -> None:
    assert status_of(response) == 0
    assert headers_of(response).get("Server-Timing") is None


def test_server_timing_is_told_apart_by_the_names_in_use() -> None:
    columns = ("db", "cache", "other", "total")
    assert spans('sql;dur=1.5, redis;dur="2", odd;dur=3, app;dur=9, broken;dur=x', columns) == [1.5, 2.0, 3.0, 9.0]
    assert spans("", columns) == [None] * 4
