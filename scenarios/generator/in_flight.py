"""How many users wait for the target: their greenlets are asked where they stand. Only done while no request ends.

Locust tells of a request when it has ended, so one that never ends is told by nobody. A user who thinks stands in a
sleep, one who waits for an answer, or for a connection, in a socket of gevent's.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FrameType
from typing import Any

# Beginnings of the names of gevent's modules in which a greenlet waits for the network.
_SOCKETS = ("_socket", "socket", "ssl", "_ssl", "select", "selectors", "resolver")
_DEEPEST = 200  # frames


def waiting_users(greenlets: Iterable[Any]) -> int:
    """How many of these greenlets wait for the network."""
    return sum(_waits(getattr(greenlet, "gr_frame", None)) for greenlet in greenlets)


def _waits(frame: FrameType | None) -> bool:
    """Whether the innermost frame is one of gevent's sockets, whoever calls it."""
    for _ in range(_DEEPEST):
        if frame is None:
            return False
        folder, _, name = frame.f_code.co_filename.rpartition("/")
        if not folder.endswith("/gevent") and "/gevent/" not in folder:
            return False  # whatever it waits for, it is no socket
        if name.startswith(_SOCKETS) or "/resolver" in folder:
            return True
        frame = frame.f_back
    return False
