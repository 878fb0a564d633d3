"""A system of another shape, with a target file and nothing of the lab: its planted missing index is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands.main import main

pytestmark = [pytest.mark.alone, pytest.mark.acceptance]


@pytest.mark.timeout(240)
def test_the_missing_index_of_a_strange_system_is_named(
    shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = main(["ramp", "--target", str(shop), "--quick", "--minutes", "1.4", "--runs", str(tmp_path)])
    out = capfd.readouterr().out
    verdict = json.loads(next(tmp_path.glob("*/verdict.json")).read_text())
    assert verdict["points"], out
    named = [f for f in verdict["ranked"] if f["id"] == "missing-index"]
    assert named and named[0]["resource"] == "public.orders (customer)", (verdict["sentence"], verdict["validity"])
    assert named[0]["endpoint"] == "GET /orders"
    if verdict["validity"][
        "ok"
    ]:  # on a machine that others load meanwhile the run itself says that it is not to be trusted
        assert code == 0
        assert verdict["first"]["id"] == "missing-index"
        assert verdict["sentence"] in " ".join(out.split())
