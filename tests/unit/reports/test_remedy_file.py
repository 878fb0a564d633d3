"""The SQL that is advised, as a file: only what is believed, in its order, and nothing that a name can break out of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rampart.finding import Finding, Interval, Remedy
from reports.remedy_file import remedy_file
from reports.render import render
from tests.planted import thin, verdicts
from tests.planted.findings import missing_index

ABOUT = {"target": {"name": "shop", "postgres": "postgresql://app:secret-word@db.internal/shop"}}


def finding(name: str, sql: str | None, **fields: object) -> Finding:
    usual = {"id": name, "remedy": Remedy("Do this.", sql), "status": "supported", "tenants": 100}
    return replace(missing_index(), **{**usual, **fields})


def written(first: Finding | None, *others: Finding, outcome: str = "bottleneck") -> str | None:
    ranked = (*([first] if first else []), *others)
    return remedy_file("a-run", ABOUT, thin.verdict(outcome, first=first, ranked=ranked))  # type: ignore[arg-type]


def statements(text: str | None) -> list[str]:
    assert text is not None
    return [line for line in text.splitlines() if line and not line.startswith("--")]


def test_statements_stand_in_the_order_of_their_findings_each_once() -> None:
    later = finding("b", "ANALYZE t;\nCREATE INDEX CONCURRENTLY ON t (a);", endpoint=None, resource="second")
    text = written(finding("a", "CREATE INDEX CONCURRENTLY ON t (a);"), later, finding("c", None))
    assert statements(text) == ["CREATE INDEX CONCURRENTLY ON t (a);", "ANALYZE t;"]
    assert text is not None and text.index("-- 1. a:") < text.index("-- 2. b: second") and "c:" not in text


def test_the_head_says_where_it_belongs_and_that_nobody_has_applied_it() -> None:
    gained = finding("a", "ANALYZE t;", limit_users=14.0, gain=Interval(4.0, 3.0, 5.0))
    text = written(gained)
    assert text is not None
    assert "after the run a-run of shop" in text and "db.internal/shop" in text and "Rampart never applies it" in text
    assert "secret-word" not in text
    assert "raise the limit from 14 to about 56 users (42 to 70)" in text.replace("\n-- ", " ")
    assert "What it would buy is not known." in (written(replace(gained, gain=None)) or "")


@pytest.mark.parametrize("status", ["suspected", "refuted"])
def test_what_is_not_believed_is_not_written(status: str) -> None:
    believed, other = finding("a", "ANALYZE t;"), finding("b", "ANALYZE u;", status=status)
    assert statements(written(believed, other)) == ["ANALYZE t;"]
    assert written(None, other, outcome="inconclusive") is None


def test_no_figure_that_is_not_the_targets_leads_to_sql() -> None:
    assert written(None, finding("a", "ANALYZE t;"), outcome="invalid") is None
    assert statements(written(None, finding("a", "ANALYZE t;"), outcome="inconclusive")) == ["ANALYZE t;"]


def test_no_text_ends_its_comment() -> None:
    hostile = "x\nDROP TABLE t;\r\n\u2028DROP TABLE t; --"
    found = finding(hostile, "ANALYZE t;", resource=hostile, endpoint=hostile, remedy=Remedy(hostile, "ANALYZE t;"))
    text = remedy_file(hostile, {"target": {"name": hostile, "postgres": hostile}}, thin.verdict(first=found))
    assert statements(text) == ["ANALYZE t;"]


def test_a_name_that_looks_like_a_statement_stays_in_its_quotes() -> None:
    named = 'ANALYZE public."a;\nDROP TABLE t;\n--";'
    assert written(finding("a", named)) == (written(finding("a", named + "\n" + named)))
    assert (written(finding("a", f"{named}\nDROP TABLE t;")) or "").endswith(f"\n{named}\nDROP TABLE t;\n")


def test_the_file_goes_when_a_report_that_is_made_again_has_no_sql(tmp_path: Path) -> None:
    verdict = verdicts.bottleneck()
    run = verdicts.run(tmp_path, verdict)
    names = [path.name for path in render(run, verdict)]
    assert names == ["report.html", "summary.md", "junit.xml", "remedy.sql"]
    text = (run.folder / "remedy.sql").read_text()
    assert (
        "remedy.sql" in (run.folder / "report.html").read_text()
        and "remedy.sql" in (run.folder / "summary.md").read_text()
    )
    render(run, verdict)
    assert (run.folder / "remedy.sql").read_text() == text
    render(run, thin.verdict("not_reached"))
    assert not (run.folder / "remedy.sql").exists()
