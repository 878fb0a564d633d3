"""Small pieces of SQL as text. Renewing expressions have the tokens `{value}` and `{number}` in them."""

from __future__ import annotations


def quoted(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant."""
    return "'" + text.replace("'", "''") + "'"


def filled(expression: str, value: str, number: str) -> str:
    """A renewing expression with its tokens filled in."""
    return expression.replace("{value}", f"({value})").replace("{number}", f"({number})")
