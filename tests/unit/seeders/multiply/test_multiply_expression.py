"""Renewing expressions: tokens are filled in, and nothing else of the text is touched."""

from __future__ import annotations

from psycopg import sql

from seeders.multiply._expression import filled, renewing


def test_every_token_is_filled_in_and_other_braces_stay() -> None:
    made = filled("{value} || '{a}' || {number} || '%s {{}}' || {value}", sql.Identifier("s", "{number}"), sql.SQL("n"))
    assert made.as_string() == """("s"."{number}") || '{a}' || (n) || '%s {{}}' || ("s"."{number}")"""


def test_an_expression_of_ours_keeps_its_tokens_and_quotes_its_constants() -> None:
    made = renewing("left({value}, {left}) || {mark} || {number}", left=7, mark="it's")
    assert made == "left({value}, 7) || 'it''s' || {number}"
