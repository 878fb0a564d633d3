"""A kind of violation is one file, seen in load process, verdict, reports, `list`, `explain`, score and exit code."""

from __future__ import annotations

import json
from pathlib import Path

from analysis.detectors._violations_found import outcomes
from rampart.errors import ExitCode
from scenarios.generator.row_values import outcome
from tests.planted.product import asked, with_file
from tests.planted.wrong_answers import record
from tests.unit.house.test_docs import example

WORD = "lost_update"


def test_a_violation_that_is_one_file_is_seen_everywhere(tmp_path: Path) -> None:
    product = with_file(tmp_path / "product", "analysis/detectors/lost_update.py", example("A violation"))
    record(tmp_path, WORD).folder.rename(product / "RUN")
    said, seen = asked(product, "lost-update", ["report", "RUN"], ["list", "findings"], ["explain", "lost-update"])
    assert (seen["codes"], seen["family"]) == ([ExitCode.VIOLATION, 0, 0], "correctness")
    assert seen["score"]["confusion"] == {"lost-update": {"lost-update": 1}}
    reported, listed = said.split("1 answer of GET /projects/{id}", 1)
    assert "Correctness violation: lost-update" in reported
    assert listed.count("One user's write undid another's.") == 2
    verdict = json.loads((product / "RUN/verdict.json").read_text())
    [violation] = verdict["violations"]
    assert (violation["id"], violation["count"]) == ("lost-update", 1)
    assert verdict["capacity"][0]["slo_users"] | {"missed_by": ["violations"]} == verdict["capacity"][0]["slo_users"]
    for page in ("report.html", "summary.md", "junit.xml"):
        assert "lost-update" in (product / "RUN" / page).read_text()
    for page in ("report.html", "summary.md"):
        assert "Send a version with each write" in (product / "RUN" / page).read_text()


def test_the_load_process_is_told_the_words_and_takes_no_other_for_a_violation() -> None:
    said = Exception(f"{WORD}: the title that was saved is gone")
    assert outcome(said, 200, (*outcomes(), WORD)) == WORD
    assert outcome(said, 200, outcomes()) == "failed_check"
