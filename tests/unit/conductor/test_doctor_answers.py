"""Doctor asks about the target that a run would watch, and says at the end whether one may begin."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from commands.doctor import _conclusion
from conductor.doctor import Check, _once_each, _parts
from conductor.scenario_check import Scenario
from conductor.scenario_notes import notes
from rampart.config import Target
from rampart.errors import NotReady

SCENARIO = Scenario(classes=[], tasks=[], hosts={}, shape=None, options={}, thinking={})


@pytest.fixture
def served() -> Iterator[str]:
    """The URL of a process of its own that listens on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def test_processes_that_are_found_are_not_called_unseen(served: str) -> None:
    said = {check.name: check for check in _parts(Target("x", served))}
    assert said["process app"].status == "ok" and "found by itself" in said["process app"].said
    assert said["probe processes"].status == "ok", said["probe processes"].said


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"postgres": "postgresql://shop@127.0.0.1:1/shop"}, "cannot connect to Postgres"),
        ({"postgres": "host=/nowhere user=shop dbname=shop"}, "cannot connect to Postgres"),
    ],
    ids=["port", "socket"],
)
def test_a_fault_that_several_probes_have_is_one_row_with_all_that_they_cannot_see(
    parts: dict[str, str], said: str
) -> None:
    rows = [check for check in _parts(Target("x", "http://127.0.0.1:1", **parts)) if said in check.said]
    [row] = rows
    assert row.name.startswith("probes ") and {"statements", "sessions", "tables"} <= set(
        row.name.removeprefix("probes ").split(", ")
    )
    assert {"missing-index", "lock-contention", "stale-statistics"} <= set(row.lost)
    assert row.said.endswith(f"(cannot see: {', '.join(row.lost)})")


def test_different_faults_and_probes_that_work_keep_rows_of_their_own() -> None:
    rows = [
        Check("probe a", "warning", "down", "Start it.", lost=("x",)),
        Check("probe b", "ok", "the target has no such part"),
        Check("probe c", "warning", "down", "Start the other one.", lost=("x",)),
        Check("probe d", "ok", "the target has no such part"),
        Check("probe e", "warning", "down", "Start it.", lost=("y", "x")),
    ]
    assert [(row.name, row.said) for row in _once_each(rows)] == [
        ("probes a, e", "down (cannot see: x, y)"),
        ("probe b", "the target has no such part"),
        ("probe c", "down (cannot see: x)"),
        ("probe d", "the target has no such part"),
    ]


@pytest.mark.parametrize(
    ("url", "warned"),
    [("http://h:1/api/", True), ("http://h:1/v1", True), ("http://h:1/", False), ("http://h:1", False)],
)
def test_a_path_in_the_url_is_told_of(url: str, warned: bool) -> None:
    assert any("before each path" in said for said, _ in notes(Target("x", url), SCENARIO)) is warned


def test_the_last_line_says_whether_a_run_may_begin() -> None:
    ok, warning = Check("disk", "ok", "room"), Check("probe app", "warning", "no pool")
    gone = Check("target", "missing", "silent", error=NotReady("silent", "refused", "Start it."))
    assert _conclusion([ok]) == "Ready. Next: rampart ramp --quick"
    assert _conclusion([ok, warning]).startswith("Ready, with 1 warning. ")
    assert _conclusion([ok, warning, gone]) == "Not ready: target."
