"""How much a growth will write, and how long that takes, in the words of every plan and warning."""

from __future__ import annotations


def coming(what: str, rows: int, size: int, seconds: float) -> str:
    """The sentence before the first row."""
    return f"{what} are coming: {amount(rows, size, seconds)}"


def amount(rows: int, size: int, seconds: float) -> str:
    """Rows, bytes and time."""
    took = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.1f} min"
    return f"{rows:,} rows, about {size / 1e6:,.0f} MB and {took}"
