"""Who waits for the target is told from where a user's greenlet stands, and nothing else counts as waiting."""

from __future__ import annotations

from collections.abc import Callable

import gevent
import pytest
from gevent import socket
from gevent.event import Event

from scenarios.generator.in_flight import waiting_users


def receives() -> None:
    with socket.socket() as listening, socket.socket() as asking:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1)
        asking.connect(listening.getsockname())
        asking.recv(1)


def connects() -> None:
    """Beyond the backlog nobody takes a connection, as with a process that was stopped."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        opened = [socket.socket() for _ in range(4)]
        for one in opened:
            one.connect(listening.getsockname())


def sleeps() -> None:
    gevent.sleep(60)


def waits_for_others() -> None:
    Event().wait()


@pytest.mark.parametrize(
    ("user", "waits"), [(receives, True), (connects, True), (sleeps, False), (waits_for_others, False)]
)
def test_only_the_network_is_waited_for(user: Callable[[], None], waits: bool) -> None:
    users = [gevent.spawn(user) for _ in range(3)]
    gevent.sleep(0.05)
    assert waiting_users(users) == (3 if waits else 0)
    gevent.killall(users)
    assert waiting_users(users) == 0
