"""What goes with the scenario in Locust's process, registered before the scenario is imported and registers its own."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path
from typing import Any

import gevent
import pyarrow as pa
from locust import events
from locust.main import main

from .control import read_control
from .ending import end_on_signal
from .focus import Focus
from .host_names import canonical, plain_name
from .live import Live
from .loading import explained
from .options import take_over
from .origin_headers import add_headers
from .recorder import Recorder
from .scenario_files import ScenarioFiles
from .settings import Settings
from .shape import Steered
from .thinking import watch_thinking
from .users import described, settle_hosts, think_times

_FOLLOW_S = 0.1


def run_locust(settings: Settings, live: Live, headers: dict[str, str]) -> None:
    """Locust's own program, with the command line that `sys.argv` holds; ends the process."""
    add_headers(settings.url, headers)
    files = ScenarioFiles(settings.locustfile)
    if settings.check:
        files.watch()
    take_over(settings.url, lambda put_back: live.send("options", put_back=put_back))

    @events.init.add_listener  # type: ignore[untyped-decorator]
    def _(environment: Any, **_: Any) -> None:
        loaded.append(True)
        _begin(environment, settings, live, files)

    loaded: list[bool] = []
    try:
        main()  # type: ignore[no-untyped-call]
    except BaseException as error:
        if not loaded:
            live.send("unloadable", **explained(error))
        raise


def _begin(environment: Any, settings: Settings, live: Live, files: ScenarioFiles) -> None:
    """Locust has read the scenario: choose hosts, set the shape, record from the first request on."""
    hosts = settle_hosts(environment, settings.url, lambda host, port: _may_go(settings, host, port))
    shape = type(environment.shape_class).__name__ if environment.shape_class else None
    focus = Focus(environment.user_classes)
    # Rows and no mapping: a class may be called as a secret is, by whose name its value would be masked.
    own = [{"user": name, "host": host} for name, host in hosts.items()]
    live.send("scenario", hosts=own, shape=shape, **described(environment.user_classes, focus))
    if settings.check:
        live.send("files", files=files.found())
        live.send("thinking", seconds=think_times(environment.user_classes))
        sys.stdout.flush()
        os._exit(0)  # before the scenario's own listeners hear of a start: what they begin is not waited for
    try:
        recorder = Recorder(environment, settings, _schemas(settings), focus, live)
    except OSError as error:  # of which Locust would make a line in its log, and load the target unrecorded
        live.send("unwritten", why=error.strerror or str(error))
        os._exit(1)
    environment.shape_class = Steered(Path(settings.control), focus)
    environment.shape_class.runner = environment.runner
    watch_thinking(recorder, focus)
    environment.events.request.add_listener(recorder.on_request)
    recorder.failures.watch(environment)
    environment.events.quit.add_listener(recorder.close)  # the last event of all, after what `quitting` sends
    end_on_signal(environment, recorder)
    _look_again(environment, focus, live)
    gevent.spawn(recorder.beat)
    gevent.spawn(_follow, Path(settings.control), focus)


def _look_again(environment: Any, focus: Focus, live: Live) -> None:
    """Tasks that the scenario sets in its own listeners are known once those of `test_start` have been called."""
    fire = environment.events.test_start.fire

    def fire_and_look(**named: Any) -> None:
        fire(**named)
        if focus.look():
            live.send("scenario", **described(environment.user_classes, focus))

    environment.events.test_start.fire = fire_and_look


def _follow(control: Path, focus: Focus) -> None:
    """Move the focus of a profile as soon as it is asked for; the shape looks only once a second."""
    while True:
        focus.follow(read_control(control).task)
        gevent.sleep(_FOLLOW_S)


def _may_go(settings: Settings, host: str, port: int) -> bool:
    addresses = settings.names.get(plain_name(host)) or [literal for literal in [canonical(host)] if literal]
    return bool(addresses) and all((address, port) in settings.allowed for address in addresses)


def _schemas(settings: Settings) -> tuple[Any, Any]:
    texts = (settings.requests_schema, settings.readings_schema)
    requests, readings = (pa.ipc.read_schema(pa.BufferReader(base64.b64decode(text))) for text in texts)
    return requests, readings
