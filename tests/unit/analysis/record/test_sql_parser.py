"""Statements as servers record them are parsed, cut ones as far as they go; no text raises, whatever is in it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from analysis.record import sql_equalities, sql_text
from analysis.record.sql_parser import condition, parse

RECORDINGS = sorted((Path(__file__).parents[3] / "recordings").glob("*/statements.json"))


def recorded() -> list[str]:
    texts = {
        about["text"]
        for path in RECORDINGS
        for about in json.loads(path.read_text()).get("statements", {}).values()
        if about.get("text")
    }
    return sorted(texts)


def asked(text: str) -> None:
    """Every question that is asked of a text."""
    sql_text.mentions(text, "public.tasks")
    sql_text.many_at_once(text)
    sql_text.only_reads(text)
    sql_equalities.equality_columns(text, "public.tasks")
    sql_equalities.condition_columns(text, "t")
    sql_equalities.index_columns(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)",
        "SELECT a FROM t WHERE b IN ($1 /*, ... */)",
        "VALUES ($1,$2)",
        "SELECT interval $1, date $2, timestamp $3, extract($4 FROM a) FROM t",
        "SELECT day FROM generate_series(current_date - $1, current_date, interval $2) AS day",
        "SELECT a FROM t WHERE b = %s AND c = %(name)s AND d = interval %s",
        "SELECT a FROM t LIMIT $1 OFFSET $2",
        "SELECT a FROM t WHERE b = $1 FETCH FIRST $2 ROWS ONLY FOR UPDATE SKIP LOCKED",
        "WITH x AS (UPDATE t SET a = $1 WHERE b = $2 RETURNING c) SELECT * FROM x",
        'SELECT "a" FROM "Order" WHERE "Order"."User" = $1',
        "INSERT INTO t (a) VALUES ($1,$2) ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING id",
        "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = $1",
        "COPY t FROM STDIN",
        "FETCH FORWARD 100 FROM c",
        "/* web */ SELECT a -- why\n FROM t",
        "SELECT a FROM t WHERE b @> $1 AND c ?| $2 AND d ~~* $3 AND (e ->> $4) = $5",
    ],
)
def test_a_statement_as_it_is_recorded_is_parsed(text: str) -> None:
    assert parse(text) is not None


@pytest.mark.parametrize(
    "text", ["", ";", "/* nothing */", "VACUUM t", "SET x = 1", "BEGIN", "no statement", "'", "\x00"]
)
def test_what_is_no_statement_on_data_is_unknown(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "(NOT (hashed SubPlan 1))",
        "((a = (InitPlan 1).col1) AND (ANY (b = (hashed SubPlan 2).col1)))",
        "((email)::text = ANY ('{a,b}'::text[]))",
        "((data ->> 'k'::text) = $1)",
        "(ROW(a, b) = ROW($1, $2))",
    ],
)
def test_a_condition_of_a_plan_is_parsed(text: str) -> None:
    assert condition(text) is not None


@pytest.mark.parametrize(
    "end",
    [
        "",
        " AND",
        " AND c",
        " AND c =",
        " AND t.c IN ($2, $",
        " AND c = 'lite",
        ' AND "quo',
        " /* trace",
        " AND (c = $2 OR",
    ],
)
def test_of_a_cut_text_what_is_whole_is_kept(end: str) -> None:
    text = "SELECT a FROM tasks t WHERE b = $1" + end
    assert sql_text.mentions(text, "public.tasks")
    assert "b" in sql_equalities.equality_columns(text, "public.tasks")


def test_every_recorded_statement_is_parsed() -> None:
    texts = recorded()
    assert len(texts) > 20
    assert [text for text in texts if parse(text) is None] == []


@pytest.mark.parametrize("seed", range(4))
def test_no_text_raises(seed: int) -> None:
    """Recorded texts, cut anywhere, with pieces of others and characters of any kind in their midst."""
    draw, texts = random.Random(seed), recorded()
    strange = [
        "'",
        '"',
        "$",
        "$1",
        "(",
        ")",
        "/*",
        "*/",
        "--",
        ";",
        "\x00",
        "\ud800",
        "é",
        "🦊",
        "::",
        "E'\\",
        "%s",
        "$$",
    ]
    for _ in range(150):
        text, other = draw.choice(texts), draw.choice(texts)
        at, to = draw.randrange(len(text)), draw.randrange(len(other))
        mixed = text[:at] + draw.choice(strange) + draw.choice([text[at:], other[to:], ""])
        asked(mixed)
        if parse(mixed) is None:
            assert sql_equalities.equality_columns(mixed, "public.tasks") == ()


def test_what_is_nested_too_deeply_is_unknown_and_no_error() -> None:
    deep = "SELECT " + "(" * 5000 + "1" + ")" * 5000
    asked(deep)
    assert parse(deep) is None
    long = "SELECT a FROM t WHERE " + " OR ".join(f"b = ${n}" for n in range(1, 3000))
    asked(long)
    assert sql_equalities.equality_columns(long, "public.t") == ()


def test_unknown_texts_are_counted() -> None:
    assert sql_text.unread(["SELECT 1", "VACUUM", "SELECT a FROM t WHERE", "gibberish ("]) == 2
