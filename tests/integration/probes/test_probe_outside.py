"""Connections on which a real process awaits an answer: counted by service, and nothing else of what it has open."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from probes._probe import NotConfigured
from probes.outside import PROBE
from rampart.config import ProcessMatch
from tests.integration.conftest import await_true, free_port, spawn, stop

# Listens as an application does, and calls each port that it is told: it sends a line and reads none of the answer.
CALLER = """
import socket, sys
served = socket.create_server(("127.0.0.1", int(sys.argv[1])))
calls = [socket.create_connection(("127.0.0.1", int(port))) for port in sys.argv[2:]]
[call.sendall(b"please\\n") for call in calls]
print("called", flush=True)
client = served.accept()[0]
client.sendall(b"an answer\\n")
served.accept()
"""


@pytest.fixture
def service() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        yield listening


def test_only_calls_that_await_an_answer_of_an_unnamed_service_count(
    watch: Callable[..., Any], service: socket.socket, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        named = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        outside, known, own = service.getsockname()[1], named.getsockname()[1], free_port()
        ports = [str(port) for port in (own, outside, outside, outside, known)]
        caller = spawn([sys.executable, "-c", CALLER, *ports], tmp_path / "log")
        stack.callback(stop, caller)
        accepted = [stack.enter_context(service.accept()[0]) for _ in range(3)]
        for call in accepted:
            assert call.recv(7) == b"please\n"
        matches = (ProcessMatch("app", port=own), ProcessMatch("db", port=known))
        probe = watch(PROBE, processes=matches)
        client = stack.enter_context(socket.create_connection(("127.0.0.1", own)))
        assert client.recv(10) == b"an answer\n"  # what an application has answered is no call of its own
        where = f"127.0.0.1:{outside}"
        read = probe.read()
        assert read("outside.waiting", service=where) == 3
        assert read("outside.waiting") == 3
        accepted[0].sendall(b"here you are\n")
        await_true(lambda: probe.read()("outside.waiting", service=where) == 2)
        accepted[1].close()
        accepted[2].sendall(b"here you are\n")
        await_true(lambda: probe.read()("outside.waiting", service=where) == 0)


def test_a_target_whose_application_is_elsewhere_has_nothing_to_watch(watch: Callable[..., Any]) -> None:
    with pytest.raises(NotConfigured):
        watch(PROBE, processes=(ProcessMatch("db", port=5432),))
