"""The flaw of the pooler by its mechanism, its remedy while it runs, and what is said where there is no PgBouncer."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import httpx
import psutil
import pytest

from lab import pgbouncer
from lab.staging import Lab
from rampart.errors import ExitCode, NotReady
from tests.integration.lab.data import seeded
from tests.integration.lab.driver import Client, project
from tests.integration.lab.pgbouncer import needed

_PEOPLE = 8


def seconds_together(lab: Lab) -> float:
    """For so long do several people wait who open the page of a project at once; each calls an outside service."""
    with ExitStack() as held, ThreadPoolExecutor(_PEOPLE) as hands:
        sessions = [
            held.enter_context(closing(httpx.Client(base_url=lab.target.url, trust_env=False, timeout=30)))
            for _ in range(_PEOPLE)
        ]
        people = [Client(http, tenant=3) for http in sessions]
        path = f"/projects/{project(3)}"
        began = time.monotonic()
        answers = list(hands.map(lambda person: person.get(path).status_code, people * 2))
        assert set(answers) == {200}
        return time.monotonic() - began


@needed
def test_sessions_wait_for_two_connections_until_transactions_are_pooled() -> None:
    with seeded("pooler") as lab:
        [pooler] = [psutil.Process(match.pid) for match in lab.target.processes if match.role == "pooler"]
        # The quickest of three, each state alike: what else the machine does only adds.
        before = min(seconds_together(lab) for _ in range(3))
        lab.fix("pooler")
        after = min(seconds_together(lab) for _ in range(3))
        assert pooler.is_running() and lab.target.pgbouncer is not None  # it stays, and is not begun anew
        # 16 pages of 60 ms, two at a time; then eight at a time.
        assert before > 0.48
        assert after < before / 2
    assert not pooler.is_running()


def test_where_it_is_missing_the_lab_says_so_and_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(pgbouncer, "_PLACES", ())
    with pytest.raises(NotReady, match="apt-get install pgbouncer") as refused, Lab.up(flaws=["pooler"]):
        pass
    assert refused.value.code == ExitCode.NOT_READY
