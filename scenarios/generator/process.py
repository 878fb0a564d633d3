"""The load process from its first line: the guard first, then what is composed with the scenario, then Locust."""

from __future__ import annotations

import json
import os
import site
import sys
from pathlib import Path

from .concealment import conceal
from .guard import Guard
from .live import Live
from .settings import read_settings

# What may be secret is in the environment alone, as JSON, and in no file: the target's headers, the scenario's options.
HEADERS, OPTIONS = "RAMPART_HEADERS", "RAMPART_OPTIONS"


def main(settings_file: Path, python_path: list[str]) -> None:
    """Run Locust with the user's file, `python_path` in front of `sys.path`; ends the process."""
    settings = read_settings(settings_file)
    live = Live(settings.live_fd)
    headers, options = json.loads(os.environ.pop(HEADERS, "{}")), json.loads(os.environ.pop(OPTIONS, "[]"))
    Guard(
        settings.allowed, settings.names, settings.subprocesses,
        lambda kind, what, count: live.send("refused", what=what, of=kind, count=count, process=os.getpid()),
    ).install()  # fmt: skip
    sys.path[:0] = python_path
    site.main()
    conceal(settings.hidden, Path(settings.hidden_below))
    sys.argv = ["locust", "--headless", *options, "-f", settings.locustfile]
    # Only now: Locust, its plug-ins and all that they import are held to the guard as the scenario is.
    from .composition import run_locust

    run_locust(settings, live, headers)
