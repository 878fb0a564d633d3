"""What was planted is known to the conductor alone: nothing that judges or reports can read it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from analysis.verdict.analyse import analyse
from rampart.runs import Run

ROOT = Path(__file__).resolve().parents[3]
RECORDINGS = ROOT / "tests/recordings"


@pytest.mark.parametrize("folder", ["analysis", "reports"])
def test_no_word_of_flaws_in_what_judges(folder: str) -> None:
    sources = [path for path in (ROOT / folder).rglob("*.py") if "ladder" not in path.name]
    assert len(sources) > 5
    told = [str(p) for p in sources if "lab.json" in (text := p.read_text()) or "flaws" in text or "import lab" in text]
    assert told == []


def test_a_verdict_is_the_same_whatever_is_said_to_be_planted(tmp_path: Path) -> None:
    shutil.copytree(RECORDINGS / "n-plus-one", tmp_path / "run")
    plain = analyse(Run(tmp_path / "run"))
    (tmp_path / "run" / "lab.json").write_text(json.dumps({"flaws": ["missing-index"]}))
    assert analyse(Run(tmp_path / "run")) == plain
    assert plain.first.id == "n-plus-one"
