"""A real server that hangs while it is loaded: seen during the run, ended in bounded time, and the verdict says so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from analysis import thresholds
from commands.main import main
from conductor import first_requests, hang, target_down
from tests.integration.conductor.web import Web, serving

SCENARIO = """
from locust import FastHttpUser, HttpUser, constant, task
class Visitor({kind}):
    wait_time = constant({wait})
    @task
    def page(self):
        {body}
"""
ASKS = "self.client.get('/page')"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rules with shorter times; what else this machine does is not the matter here."""
    monkeypatch.setattr(thresholds, "STRANGERS_CPU", 2.0)
    monkeypatch.setattr(hang, "hung_after_s", lambda slowest_s: max(3.0, 3 * slowest_s))
    monkeypatch.setattr(target_down, "COMES_BACK_S", 4.0)
    monkeypatch.setattr(first_requests, "START_S", 5.0)


def ramp(folder: Path, web: Web, body: str = ASKS, kind: str = "FastHttpUser", wait: float = 0.1) -> tuple[int, Any]:
    """The exit code, and the verdict."""
    (folder / "visit.py").write_text(SCENARIO.format(kind=kind, wait=wait, body=body))
    target = folder / "target.toml"
    target.write_text(f'name = "web"\nurl = "{web.url}"\n[load]\nscenario = "{folder / "visit.py"}"\nmax_users = 40\n')
    words = ["ramp", "--target", str(target), "--quick", "--minutes", "1", "--runs", str(folder / "runs")]
    code = main(words)
    [run] = (folder / "runs").iterdir()
    return code, json.loads((run / "verdict.json").read_text())


@contextmanager
def hanging(web: Web, after: Callable[[], bool], for_s: float = 1e9) -> Iterator[None]:
    """Let it hang once `after` is true, for so long."""
    over = threading.Event()

    def watch() -> None:
        while not over.is_set() and not after():
            time.sleep(0.02)
        web.hung = True
        over.wait(for_s)
        web.hung = False

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("kind", ["FastHttpUser", pytest.param("HttpUser", marks=pytest.mark.acceptance)])
def test_a_target_that_hangs_and_does_not_come_back_has_failed(tmp_path: Path, quick: None, kind: str) -> None:
    began = time.monotonic()
    with serving() as web, hanging(web, lambda: len(web.asked) > 150):
        code, verdict = ramp(tmp_path, web, kind=kind)
    assert (code, verdict["outcome"]) == (1, "target_failed")
    assert verdict["conclusion"] == {"ending": "target_failed", "exit": 1, "junit": "failure", "baseline": "kept"}
    assert [row["came_back"] for row in verdict["failures"]] == [False]
    assert "did not come back" in verdict["sentence"]
    assert time.monotonic() - began < 45  # a minute was allowed, and it hung in the first stage


@pytest.mark.acceptance
@pytest.mark.timeout(180)
def test_a_target_that_hangs_for_a_while_is_loaded_on_and_the_failure_is_told(tmp_path: Path, quick: None) -> None:
    with serving() as web, hanging(web, lambda: len(web.asked) > 900, for_s=8.0):
        code, verdict = ramp(tmp_path, web)
    assert code == 0
    assert verdict["outcome"] in ("bottleneck", "inconclusive")
    assert [row["came_back"] for row in verdict["failures"]] == [True]
    hung = verdict["failures"][0]["users"]
    assert (verdict["capacity"][0]["slo_users"]["met"] or 0) < hung
    later = [point for point in verdict["points"] if point["valid"]]
    assert later and max(point["stage"] for point in later) > min(
        point["stage"] for point in verdict["points"] if not point["valid"]
    )


@pytest.mark.acceptance
@pytest.mark.timeout(180)
def test_one_that_never_answers_has_failed_and_a_scenario_that_never_asks_is_not_ready(
    tmp_path: Path, quick: None
) -> None:
    for name in ("never", "silent"):
        (tmp_path / name).mkdir()
    with serving() as web:
        web.hung = True
        code, verdict = ramp(tmp_path / "never", web)
        web.hung = False
        assert (code, verdict["outcome"]) == (1, "target_failed")
    with serving() as web:
        code, verdict = ramp(tmp_path / "silent", web, body="import gevent; gevent.sleep(600)")
        assert (code, verdict["conclusion"]["exit"]) == (3, 3)


@pytest.mark.acceptance
@pytest.mark.timeout(180)
def test_with_the_times_that_people_have_it_ends_within_a_minute_and_a_half(tmp_path: Path) -> None:
    began = time.monotonic()
    with serving() as web, hanging(web, lambda: len(web.asked) > 150):
        code, verdict = ramp(tmp_path, web)
    assert (code, verdict["outcome"]) == (1, "target_failed")
    assert time.monotonic() - began < 90
