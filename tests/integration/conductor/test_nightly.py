"""Two nightly runs of one target: the second compares itself with the first."""

from __future__ import annotations

import json
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest

from commands.main import main

_ALONE = "no comparable run before this one"
_SPOILED = "this run is no baseline"


@pytest.mark.acceptance
@pytest.mark.timeout(240)
def test_the_second_nightly_run_compares_with_the_first(
    shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target, runs = tmp_path / "shop.toml", tmp_path / "runs"
    target.write_text(shop.read_text().replace("max_users = 300", "max_users = 30"))
    words = ["nightly", "--target", str(target), "--minutes", "0.8", "--runs", str(runs)]
    first = main([*words, "--target-version", "1.4.1"])
    out = capfd.readouterr().out
    assert (_ALONE if first != 4 else _SPOILED) in out  # 4 where the machine is too busy to trust a run
    second = main([*words, "--target-version", "1.4.2"])
    out = capfd.readouterr().out
    older, newer = sorted(runs.iterdir(), key=lambda folder: folder.stat().st_mtime)
    before, after = (json.loads((folder / "run.json").read_text()) for folder in (older, newer))
    assert before["fingerprint"] == after["fingerprint"]
    assert list(after["fingerprint"]["parts"]) == ["url", "scenario", "objectives", "levels", "host"]
    assert (before["target_version"], after["target_version"]) == ("1.4.1", "1.4.2")
    if second == 4:
        assert _SPOILED in out
    elif first == 4:
        assert _ALONE in out
    else:
        assert f"compared with {older.name}" in out
        assert json.loads((newer / "comparison.json").read_text())["before"] == older.name
    assert xml.parse(newer / "junit.xml").getroot().tag in ("testsuites", "testsuite")
    assert newer.name in (newer / "summary.md").read_text()
    # Nothing gets worse within a minute.
    assert {first, second} <= {0, 4}
