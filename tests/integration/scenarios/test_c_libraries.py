"""What C libraries and processes open by themselves passes the guard by: it is seen, named, and ends the load."""

from __future__ import annotations

import ctypes.util
import shutil
import time
from pathlib import Path

import psutil
import pytest

from conductor.load_process import LoadProcess
from rampart.config import LoadSettings, Target
from rampart.errors import UsageError
from rampart.runs import Run
from tests.integration.scenarios.conftest import System

SCENARIO = Path(__file__).parent / "astray" / "c_libraries.py"
MOST_S = 2.0  # from the first socket to the end of the load
MISSING = {"libcurl": not ctypes.util.find_library("curl"), "curl_as_a_process": not shutil.which("curl")}


@pytest.mark.parametrize(
    ("way", "processes"),
    [
        ("connect_by_ctypes", False),
        ("bash_in_a_session_of_its_own", True),
        pytest.param("libpq", False, marks=pytest.mark.acceptance),
        pytest.param("libcurl", False, marks=pytest.mark.acceptance),
        pytest.param("python_as_a_process", True, marks=pytest.mark.acceptance),
        pytest.param("curl_as_a_process", True, marks=pytest.mark.acceptance),
    ],
)  # fmt: skip
def test_the_load_ends_and_the_address_is_named(way: str, processes: bool, system: System, tmp_path: Path) -> None:
    if MISSING.get(way):
        pytest.skip("not installed")
    system.stranger.hold_s = 0.3
    run, clock = Run.create(tmp_path, "astray", {})
    target = Target("astray", system.url, load=LoadSettings(scenario=str(SCENARIO), subprocesses=processes))
    environment = {"ASTRAY_PORT": str(system.stranger.port), "WAY": way, "WAIT_S": "1.2"}
    load = LoadProcess(run, clock, target, None, environment)
    try:
        family = psutil.Process(load.pid)
        with pytest.raises(UsageError, match=f"connected to 127.0.0.1:{system.stranger.port}") as told:
            _wait(load)
        ended = time.monotonic()
    finally:
        load.end()
    assert system.stranger.hits >= 1
    assert ended - system.stranger.first_at < MOST_S
    assert not family.is_running()
    assert "allow = [" in told.value.remedy
    [refused] = [row for row in run.read_lines("scenario.jsonl") if row["kind"] == "refused"]
    assert refused["of"] == "socket" and refused["count"] >= 1
    after = system.stranger.hits
    time.sleep(0.5)
    assert system.stranger.hits == after  # nothing that it started goes on
    rows = sum(batch.num_rows for batch in run.requests())
    assert rows >= 5  # what was recorded before is there


def _wait(load: LoadProcess) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        load.check()
        load.news()
        time.sleep(0.25)
