"""A process that may hold so much and no more, and what the product keeps until it holds more."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from lab.child import Child, python, start, stop
from lab.staging import Lab
from tests.integration.conftest import await_true
from tests.integration.lab.data import seeded
from tests.integration.lab.driver import Client

_GROWS = """
import time
kept = []
while True:
    kept.append(bytearray(b"x" * 4_000_000))
    time.sleep(0.05)
"""


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Child]:
    child = start("app", python("lab.container", "60mb", sys.executable, "-c", _GROWS), tmp_path / "app.log")
    yield child
    stop([child])


def inside(child: Child) -> list[psutil.Process]:
    return [one for one in psutil.Process(child.pid).children() if one.status() != psutil.STATUS_ZOMBIE]


def test_who_holds_more_than_it_may_is_killed_and_begun_anew(container: Child) -> None:
    await_true(lambda: inside(container))
    first = inside(container)[0]
    await_true(lambda: not first.is_running() and inside(container), 30)
    assert "held more than 62,914,560 bytes" in container.log.read_text()
    assert inside(container)[0].pid != first.pid


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_what_is_inside_goes_with_it(container: Child, by: signal.Signals) -> None:
    await_true(lambda: inside(container))
    [kept] = inside(container)
    os.kill(container.pid, by)
    assert psutil.wait_procs([kept], timeout=15)[1] == []


def test_what_is_kept_of_each_request_adds_up_until_it_is_bounded() -> None:
    def grown(lab: Lab) -> int:
        """Bytes that the process gained over some hundred answers, once it is warm."""
        [app] = [psutil.Process(match.pid) for match in lab.target.processes if match.role == "app"]
        [server] = app.children()
        with httpx.Client(base_url=lab.target.url, trust_env=False, timeout=30) as http:
            client = Client(http, tenant=3)
            held = []
            for answers in (220, 150):  # the mended product keeps 200
                assert all(client.get("/export").status_code == 200 for _ in range(answers))
                held.append(server.memory_info().rss)
        return held[1] - held[0]

    with seeded("memory-leak") as lab:
        leaking = grown(lab)
        lab.fix("memory-leak")
        bounded = grown(lab)
    assert leaking > 150 * 10_000  # each answer is larger than that
    assert bounded < leaking / 3
