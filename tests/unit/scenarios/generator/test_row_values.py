"""Whatever an event of Locust carries becomes a row: other protocols, odd contexts, tenants of any kind."""

from __future__ import annotations

import math
from datetime import timedelta
from types import SimpleNamespace

import pytest

from scenarios.generator.row_values import answer_of, milliseconds, outcome, spans, tenant_of


@pytest.mark.parametrize(
    ("context", "tenant"),
    [
        ({"tenant": 7}, "7"),
        ({"tenant": "7d9c2b5e-3f57-4b39-9d7e-0a2f7f8c1b11"}, "7d9c2b5e-3f57-4b39-9d7e-0a2f7f8c1b11"),
        ({"tenant": 7251399114874880000}, "7251399114874880000"),
        ({"tenant": -1.5}, "-1.5"),
        ({"tenant": "acmé & søn"}, "acmé & søn"),
        ({"tenant": "half \ud83d"}, "half ?"),
        ({"tenant": b"raw"}, "raw"),
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
    answer = answer_of({"response": response, "response_length": "many"})
    assert (answer.status, answer.headers.get("Server-Timing"), answer.size) == (0, None, 0)


class Raises:
    """Whatever is asked of it."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)

    def __str__(self) -> str:
        raise RuntimeError("no text")


def test_what_raises_when_it_is_looked_at_costs_its_value_alone() -> None:
    assert answer_of({"response": Raises()}).status == 0
    assert tenant_of({"tenant": Raises()}) is None
    assert outcome(Raises(), 0, ()) == "connection"


@pytest.mark.parametrize(
    ("given", "taken"),
    [(12, 12.0), ("12.5", 12.5), (timedelta(seconds=1), 1000.0), (-3, 0.0), (None, 0.0), (math.nan, 0.0),
     (math.inf, 0.0), (object(), 0.0), (10**400, 0.0)],
    ids=["number", "text", "timedelta", "negative", "none", "nan", "infinite", "object", "enormous"],
)  # fmt: skip
def test_a_response_time_is_milliseconds_or_none_at_all(given: object, taken: float) -> None:
    assert milliseconds(given) == taken


def test_server_timing_is_told_apart_by_the_names_in_use() -> None:
    columns = ("db", "cache", "other", "total")
    assert spans('sql;dur=1.5, redis;dur="2", odd;dur=3, app;dur=9, broken;dur=x', columns) == [1.5, 2.0, 3.0, 9.0]
    assert spans("", columns) == [None] * 4
