"""Renewing expressions: SQL text with two tokens, `{value}` for the old value and `{number}` for the copy's number.

They are kept as text, by callers (--set) and in the journal, and filled in where a statement is composed.
"""

from __future__ import annotations

import re
from typing import LiteralString

from psycopg import sql

_TOKEN = re.compile(r"\{(value|number)\}")
VALUE, NUMBER = sql.SQL("{value}"), sql.SQL("{number}")


def renewing(text: LiteralString, **parts: object) -> str:
    """An expression of ours; `parts` are constants, but for those that are composed SQL."""
    return sql.SQL(text).format(value=VALUE, number=NUMBER, **parts).as_string()


def filled(expression: str, value: sql.Composable, number: sql.Composable) -> sql.Composed:
    """The expression with its tokens filled in."""
    tokens = {"value": value, "number": number}
    parts = enumerate(_TOKEN.split(expression))  # text and tokens in turn
    return sql.Composed([sql.SQL("({})").format(tokens[part]) if at % 2 else sql.SQL(part) for at, part in parts])
