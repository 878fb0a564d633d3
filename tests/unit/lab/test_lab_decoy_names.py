"""Decoys: each has its file, tempts to a finding that exists, and is documented."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

import lab.decoys
from flawbank.score import FAMILY
from lab.decoys._decoy import Decoy
from lab.start_decoys import DECOYS, known
from rampart.errors import UsageError

DOCS = Path(__file__).parents[3] / "docs" / "lab.md"


def test_each_decoy_has_a_file_of_its_name() -> None:
    files = {path.stem for path in Path(lab.decoys.__path__[0]).glob("[a-z]*.py")}
    assert files == {name.replace("-", "_") for name in DECOYS}


@pytest.mark.parametrize("decoy", DECOYS.values(), ids=lambda decoy: decoy.name)
def test_a_decoy_is_documented_as_it_is(decoy: Decoy) -> None:
    row = next(line for line in DOCS.read_text().splitlines() if line.startswith(f"| `{decoy.name}` "))
    assert decoy.summary in row
    assert f"`{decoy.tempts}`" in row
    assert decoy.tempts in FAMILY
    assert find_spec(decoy.module) is not None


def test_an_unknown_decoy_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"Did you mean 'table-scan'\?"):
        known(["table-scn"])
