"""Writes the tables of docs/outcomes.md from the code: `python -m benchmarks.outcomes_page` (`make docs`)."""

from __future__ import annotations

from pathlib import Path

from rampart.exit_codes import TABLE, Row

PAGE = Path(__file__).resolve().parents[1] / "docs" / "outcomes.md"
BEGIN, END = "<!-- made from rampart/exit_codes.py by `make docs` -->", "<!-- end -->"
_HEAD = """| what happened | outcome | exit | JUnit | baseline for nightly | `ending` |
|---|---|---|---|---|---|
"""
_BASELINE = {"yes": "yes", "kept": "kept, not compared", "no": "no"}


def table() -> str:
    """The table of endings, a row for each."""
    rows = [
        (row.happened, _outcomes(row), str(int(row.exit)), row.junit, _BASELINE[row.baseline], f"`{ending}`")
        for ending, row in TABLE.items()
    ]
    return _HEAD + "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _outcomes(row: Row) -> str:
    return row.outcomes if isinstance(row.outcomes, str) else ", ".join(f"`{outcome}`" for outcome in row.outcomes)


def page(text: str) -> str:
    """A page with its table as it is now."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
