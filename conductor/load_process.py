"""Locust as a steered subprocess: importing it would patch our sockets, and it must be ours to end within a second."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa

import scenarios.generator
from conductor.connection_watch import ConnectionWatch, children
from conductor.live_lines import LiveLines, MaskedLog
from conductor.refusals import Refusals
from conductor.safety import Permission, permission
from rampart.config import Target
from rampart.errors import Incomplete, NotReady
from rampart.latency_buckets import BUCKETS, LOW_MS, STEP
from rampart.model import JSON
from rampart.processes import start_child
from rampart.runs import Clock, Run
from rampart.tables import READINGS, REQUESTS
from scenarios.generator.settings import Settings

_PACKAGE = Path(scenarios.generator.__file__).parent
_HOME = _PACKAGE.parents[1]  # the folder that our packages are in: a checkout, or site-packages
_HIDDEN = (
    "analysis", "benchmarks", "commands", "conductor", "flawbank", "lab", "probes", "rampart", "readers", "reports",
    "scenarios", "seeders", "targets", "tests",
)  # fmt: skip
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")
_RESOLVER = "GEVENT_RESOLVER"  # another one than gevent's own would ask DNS again for names that are pinned
_FLUSH_S = 0.5  # that the recorder has for its last rows once something was refused


class LoadProcess:
    """One Locust process that follows the control file."""

    def __init__(
        self, run: Run, clock: Clock, target: Target, tenants: Path | None, environment: dict[str, str]
    ) -> None:
        self.permission: Permission = permission(target)
        self.scenario: JSON = {}  # what the load process found out about the scenario, once it has
        self._folder, self._control = run.folder, run.folder / "control.json"
        self._live, self._log = LiveLines(), MaskedLog(run.folder / "locust.log")
        self.refusals = Refusals()
        self._exceptions: list[JSON] = []
        self._kept: list[JSON] = []
        self.focused: str | None = None  # the task that was last seen to be sent alone
        self.steer(users=1, spawn_rate=1)
        settings = self._settings(run, clock, target)
        file = run.folder / "load-process.json"
        run.write_json(file.name, asdict(settings))
        self._process = start_child(
            (
                sys.executable,
                "-P",
                "-S",
                str(_PACKAGE / "launch.py"),
                str((run.folder / "load-process.json").resolve()),
            ),
            cwd=target.load.cwd or None,
            env=_environment(environment, tenants, target),
            stdin=subprocess.DEVNULL,
            stdout=self._log.descriptor,
            stderr=subprocess.STDOUT,
            pass_fds=(self._live.descriptor,),
            start_new_session=True,  # Ctrl-C reaches us alone; we end it in order
        )
        self._live.started()
        self._log.started()
        self._watch = ConnectionWatch(self._process.pid, self.permission)

    def _settings(self, run: Run, clock: Clock, target: Target) -> Settings:
        return Settings(
            run=str(run.folder.resolve()),
            control=str(self._control.resolve()),
            origin=clock.origin_monotonic,
            locustfile=str(Path(target.load.scenario).resolve()),
            url=target.url,
            live_fd=self._live.descriptor,
            bucket_low_ms=LOW_MS,
            bucket_step=STEP,
            buckets=BUCKETS,
            requests_schema=_schema_text(REQUESTS),
            readings_schema=_schema_text(READINGS),
            allowed=tuple(sorted(self.permission.addresses)),
            names=dict(self.permission.names),
            subprocesses=target.load.subprocesses,
            digests=target.load.digests,
            arguments=tuple(target.load.options),
            hidden=_HIDDEN,
            hidden_below=str(_HOME),
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def steer(self, users: int, spawn_rate: float, task: str | None = None, stop: bool = False) -> None:
        """Replace the control file whole."""
        wanted = {"users": users, "spawn_rate": spawn_rate, "task": task, "stop": stop}
        temporary = self._control.with_name(".control.new")
        temporary.write_text(json.dumps(wanted))
        temporary.replace(self._control)
        self.focused = None

    def tasks(self) -> list[JSON]:
        """The scenario's tasks and weights; empty until the load process has read it."""
        return list(self.scenario.get("tasks", ()))

    def news(self) -> list[JSON]:
        """The seconds since the last call, a line each; what else was said is taken in."""
        lines, self._kept = [*self._kept, *self._live.take()], []
        seconds = []
        for line in lines:
            kind = line.pop("kind", "")
            if kind == "second":
                seconds.append(line)
                self._exceptions = line.get("exceptions") or self._exceptions
            elif kind == "refused":
                self.refusals.take(line)
            elif kind == "focused":
                self.focused = line["task"]
            elif kind in ("scenario", "options"):
                self.scenario = {**self.scenario, **line}
                self.note(kind, **line)
        return seconds

    def note(self, kind: str, **line: Any) -> None:
        """Keep what was found out about the scenario in the run folder: analysis and reports read it there."""
        path = self._folder / "scenario.jsonl"
        with path.open("a") as file:
            file.write(json.dumps({"kind": kind, **line}) + "\n")

    def check(self) -> None:
        """Raise when the scenario has asked for what is not allowed, or Locust has ended by itself."""
        self._kept += [{"kind": "second", **line} for line in self.news()]
        self.refusals.take_sockets(self._watch.strangers)
        if self.refusals:
            self._stop_at_once()
            self.news()
            raise self.refusals.error()
        if self._process.poll() is not None:
            self._log.close()
            raise self._ended()

    def _ended(self) -> Incomplete | NotReady:
        tail = (self._folder / "locust.log").read_text(errors="replace").strip().splitlines()[-12:]
        why = next((line for line in reversed(tail) if "Error" in line), tail[-1] if tail else "it said nothing")
        kind = Incomplete if self.scenario else NotReady
        what = "the load generator ended by itself" if self.scenario else "the scenario cannot be imported"
        return kind(
            f"{what} (exit {self._process.returncode})",
            why.strip(),
            f"Run the scenario alone (locust -f …), or read {self._folder.name}/locust.log.",
        )

    def _stop_at_once(self) -> None:
        """End the load with all that it started: the recorder writes its last rows, and nothing else is waited for."""
        started = children(self._process.pid)
        self._process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_FLUSH_S)
        self._kill(started)

    def _kill(self, started: Sequence[psutil.Process]) -> None:
        """End what is left of the load process and of all that it started, in sessions of their own too."""
        for process in started:
            with suppress(psutil.Error):
                process.kill()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(5)

    def end(self, patience_s: float = 4.0) -> None:
        """Stop the load: politely for `patience_s`, then at once. Rows are on disk to the last second."""
        if self._process.poll() is None:
            self.steer(users=0, spawn_rate=100, stop=True)
            started = children(self._process.pid)
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_s)
            self._kill(started)
        self._watch.stop()
        self._log.close()
        self._live.wait(1)
        self.news()
        for refused in self.refusals.rows():
            self.note("refused", **refused)
        for row in self._exceptions:
            self.note("exception", **row)
        self._control.unlink(missing_ok=True)


def _schema_text(schema: pa.Schema) -> str:
    return base64.b64encode(schema.serialize().to_pybytes()).decode()


def _environment(given: dict[str, str], tenants: Path | None, target: Target) -> dict[str, str]:
    """The caller's environment without proxies, which would be asked in place of the target, and DNS resolvers."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in _PROXIES and name != _RESOLVER}
    return {
        **kept,
        **given,
        **({"RAMPART_TENANTS": str(tenants.resolve())} if tenants else {}),
        **({"RAMPART_HEADERS": json.dumps(dict(target.headers))} if target.headers else {}),
    }
