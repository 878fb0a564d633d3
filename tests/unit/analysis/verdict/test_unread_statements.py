"""Statements that cannot be parsed are a gap of the verdict, with their number."""

from __future__ import annotations

from analysis.verdict.parts import gaps


def test_unread_statements_are_counted_among_those_that_were_recorded() -> None:
    statements = {"1": {"text": "SELECT 1"}, "2": {"text": "CALL p($1)"}, "3": {"text": None}}
    gap, other = gaps({}, {"statements": statements, "gaps": {"PG-NOPLAN": {"reason": "denied"}}})[::-1]
    assert (gap.code, other.code) == ("SQL-UNREAD", "PG-NOPLAN")
    assert gap.reason.startswith("1 of 3 statements")
    assert "missing-index" in gap.lost


def test_where_all_are_parsed_there_is_no_gap() -> None:
    assert gaps({}, {"statements": {"1": {"text": "SELECT 1"}}}) == gaps({}, {}) == []
