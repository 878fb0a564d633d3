"""Load goes only where it may: every way of leading it astray is tried, beside a listener that counts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.safety_page import attempts
from commands.main import main
from conductor.load_process import LoadProcess
from rampart.config import LoadSettings, Target
from rampart.runs import Run
from tests.integration.conftest import await_true
from tests.integration.scenarios.conftest import System

ASTRAY = Path(__file__).parent / "astray" / "astray.py"


def _results(path: Path) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in map(json.loads, path.read_text().splitlines())}


def _environment(system: System, results: Path) -> dict[str, str]:
    return {
        "ASTRAY_PORT": str(system.stranger.port), "ASTRAY_TARGET": system.url, "ASTRAY_RESULTS": str(results),
        "PYTHONPATH": str(ASTRAY.parent / "startup"),
    }  # fmt: skip


def _with_plain_locust(system: System, results: Path) -> dict[str, dict[str, Any]]:
    """What becomes of each attempt where nothing holds it back."""
    command = [sys.executable, "-m", "locust", "-f", str(ASTRAY), "--headless", "-u", "1", "--host", system.url]
    with subprocess.Popen(
        [*command, "Stray"], env={**os.environ, **_environment(system, results)}, cwd=results.parent,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as plain:  # fmt: skip
        await_true(results.with_suffix(".done").exists, 120)
        plain.terminate()
        plain.wait(30)
    return _results(results)


def test_no_attempt_reaches_an_address_that_is_not_allowed_and_without_the_guard_all_do(
    system: System, tmp_path: Path
) -> None:
    # The control: plain Locust with the same file. An attempt that reaches nobody even so shows nothing.
    reached = _with_plain_locust(system, tmp_path / "plain.jsonl")
    assert {name: row for name, row in reached.items() if not row["hits"]} == {}
    assert len(reached) >= 35

    before, results = system.stranger.hits, tmp_path / "guarded.jsonl"
    run, clock = Run.create(tmp_path, "astray", {})
    target = Target("astray", system.url, load=LoadSettings(scenario=str(ASTRAY)))
    load = LoadProcess(run, clock, target, None, _environment(system, results))
    try:
        await_true(results.with_suffix(".done").exists, 120)
    finally:
        load.end(patience_s=20)
    refused = _results(results)
    assert system.stranger.hits - before == 0, {name: row for name, row in refused.items() if row["hits"]}
    assert refused.keys() == reached.keys()
    assert refused.keys() == {name for name, _ in attempts()}  # the rows of docs/safety.md
    counted = [row for row in run.read_lines("scenario.jsonl") if row["kind"] == "refused"]
    assert sum(row["count"] for row in counted) >= len(reached)
    assert {row["of"] for row in counted} == {"connection", "process"}
    assert any(row["what"].startswith(f"127.0.0.1:{system.stranger.port}") for row in counted)


def test_a_run_that_is_led_astray_ends_and_its_report_names_the_address(
    system: System, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file, runs = tmp_path / "target.toml", tmp_path / "runs"
    scenario = ASTRAY.with_name("redirected.py")
    file.write_text(f'name = "astray"\nurl = "{system.url}"\n[load]\nscenario = "{scenario}"\nmax_users = 4\n')
    code = main(["ramp", "--target", str(file), "--runs", str(runs), "--quick", "--minutes", "1"])
    said, told = capfd.readouterr()
    stranger = f"127.0.0.1:{system.stranger.port}"
    assert code == 2
    assert f"the scenario asks {stranger}, which may not be loaded" in told and f'allow = ["{stranger}"]' in told
    [run] = map(Run, runs.iterdir())
    [gap] = [gap for gap in run.read_json("verdict.json")["gaps"] if gap["code"] == "REFUSED"]
    assert re.search(rf"{stranger} .*asked for it (once|\d+ times), and was refused", gap["reason"])
    assert gap["reason"] in " ".join(said.split()) and stranger in (run.folder / "report.html").read_text()
    assert sum(batch.num_rows for batch in run.requests()) >= 60  # what was recorded before it is kept
    assert system.stranger.hits == 0
