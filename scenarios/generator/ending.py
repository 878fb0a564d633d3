"""How the load ends: as Locust's own does, with `on_stop`, `test_stop`, `quitting` and `quit`, each once."""

from __future__ import annotations

import signal
from typing import Any

import gevent
from gevent.event import Event

from .recorder import Recorder

# Not SIGTERM, on which Locust fires `quitting` while its users still run.
SIGNAL = signal.SIGUSR1


def end_on_signal(environment: Any, recorder: Recorder) -> None:
    """Let the conductor's signal end the load; what is known by then is written at once."""
    environment.runner.stop = _once(environment.runner.stop)

    def end() -> None:
        recorder.write_beat()
        gevent.spawn(environment.runner.quit)

    gevent.signal_handler(SIGNAL, end)


def _once(stop: Any) -> Any:
    """A runner with a shape is stopped again by its main greenlet while it stops, and would fire `test_stop` twice."""
    begun: list[bool] = []
    done = Event()

    def stop_once(*arguments: Any, **named: Any) -> None:
        if begun:
            done.wait()
            return
        begun.append(True)
        try:
            stop(*arguments, **named)
        finally:
            done.set()

    return stop_once
