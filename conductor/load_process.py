"""Locust as a steered subprocess: importing it would patch our sockets, and it must be ours to end within a second."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from conductor.connection_watch import ConnectionWatch, children
from conductor.live_lines import LiveLines, MaskedLog
from conductor.load_permission import Permission, permission
from conductor.load_start import environment_of, settings_of, start_load
from conductor.marker import MarkerWatch, require_marker
from conductor.not_loaded import not_loaded
from conductor.pinned_request import asked_of
from conductor.refusals import Refusals
from rampart.config import Target
from rampart.errors import Incomplete, NotReady, RampartError
from rampart.model import JSON
from rampart.runs import Clock, Run
from rampart.unrecorded import Unrecorded, recording, replace_file, unrecorded

_SHOWN_AFTER_S = 2.0  # a scenario's clean-up that takes longer is told of while it goes on
_FLUSH_S = 0.5  # that the recorder has for its last rows once something was refused


class LoadProcess:
    """One Locust process that follows the control file."""

    def __init__(
        self, run: Run, clock: Clock, target: Target, tenants: Path | None, environment: dict[str, str]
    ) -> None:
        self.permission: Permission = permission(target)
        asked = asked_of(target, self.permission)
        require_marker(asked)
        self._target = target
        self._unloadable: JSON = {}  # why it could not be loaded, as the load process told it
        self.scenario: JSON = {}  # what the load process found out about the scenario, once it has
        self._run, self._folder, self._control = run, run.folder, run.folder / "control.json"
        with recording(run.folder):
            self._live, self._log = LiveLines(), MaskedLog(run.folder / "locust.log")
        self.refusals = Refusals()
        self._sent = False  # whether a request has ended
        self._exceptions: list[JSON] = []
        self._lost: tuple[int, str] = (0, "")  # rows that could not be written, and why
        self._unwritten = ""  # why its tables take no more
        self._kept: list[JSON] = []
        self.focused: str | None = None  # the task that was last seen to be sent alone
        self.steer(users=1, spawn_rate=1)
        settings = settings_of(run.folder, clock.origin_monotonic, target, self.permission, self._live.descriptor)
        run.write_json("load-process.json", asdict(settings))
        self._process = start_load(
            run.folder / "load-process.json", target, environment_of(target, tenants, environment),
            self._live, self._log,
        )  # fmt: skip
        self._watch = ConnectionWatch(self._process.pid, self.permission)
        self._marker = MarkerWatch(asked)

    @property
    def pid(self) -> int:
        return self._process.pid

    def steer(self, users: int, spawn_rate: float, task: str | None = None, stop: bool = False) -> None:
        """Replace the control file whole; Unrecorded where the folder takes no more."""
        wanted = {"users": users, "spawn_rate": spawn_rate, "task": task, "stop": stop}
        with recording(self._folder):
            replace_file(self._control, json.dumps(wanted))
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
                self._sent = self._sent or bool(line.get("requests"))
                self._exceptions = line.get("exceptions") or self._exceptions
                self._lost = (line.get("lost", 0), line.get("why_lost", ""))
            elif kind == "refused":
                self.refusals.take(line)
            elif kind == "focused":
                self.focused = line["task"]
            elif kind == "unloadable":
                self._unloadable = line
            elif kind == "unwritten":
                self._unwritten = line["why"]
            elif kind in ("scenario", "options"):
                self.scenario = {**self.scenario, **line}
                self.note(kind, **line)
        return seconds

    def note(self, kind: str, **line: Any) -> None:
        """Keep what was found out about the scenario in the run folder: analysis and reports read it there."""
        self._run.append_line("scenario.jsonl", {"kind": kind, **line})

    def check(self) -> None:
        """Raise when the load asks for what is not allowed, the target shows no marker any more, Locust ended, or what
        it records cannot be written.
        """
        self._take_in()
        self.refusals.take_sockets(self._watch.strangers)
        if self.refusals:
            self._stop_at_once()
            self.news()
            raise self.refusals.error()
        if self._marker.gone is not None:
            self._stop_at_once()
            raise self._marker.gone
        if self._process.poll() is not None:
            self._log.close()
            self._live.wait(1)
            self._take_in()
            raise unrecorded(self._folder, self._unwritten) if self._unwritten else self._ended()
        if self._unwritten:
            self._stop_at_once()
            raise unrecorded(self._folder, self._unwritten)

    def _take_in(self) -> None:
        """Look at what was said, and keep the seconds for whoever asks for them next."""
        self._kept = [{"kind": "second", **line} for line in self.news()]

    def _ended(self) -> RampartError:
        log = (self._folder / "locust.log").read_text(errors="replace").strip()
        if not self.scenario:
            return not_loaded(self._target, self._unloadable, log)
        tail = log.splitlines()[-12:]
        why = next((line for line in reversed(tail) if "Error" in line), tail[-1] if tail else "it said nothing")
        kind = Incomplete if self._sent else NotReady
        what = "the load generator ended by itself" if self._sent else "the scenario ended before its first request"
        return kind(
            f"{what} (exit {self._process.returncode})",
            why.strip(),
            f"Run the scenario alone (locust -f …), or read {self._folder.name}/locust.log.",
        )

    def _stop_at_once(self) -> None:
        """End the load with all that it started: the recorder writes its last rows, and nothing else is waited for."""
        started = children(self._process.pid)
        self._process.send_signal(signal.SIGUSR1)
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

    def end(self, patience_s: float = 4.0, say: Callable[[str], object] = str) -> None:
        """Stop the load: politely for `patience_s`, then at once. Rows are on disk to the last second."""
        if self._process.poll() is None:
            with suppress(Unrecorded):  # the signal is enough
                self.steer(users=0, spawn_rate=100, stop=True)
            started = children(self._process.pid)
            self._process.send_signal(signal.SIGUSR1)
            if not self._ended_within(min(patience_s, _SHOWN_AFTER_S)) and patience_s > _SHOWN_AFTER_S:
                say(f"the scenario cleans up (on_stop, test_stop), for at most {patience_s:.0f} s")
                self._ended_within(patience_s - _SHOWN_AFTER_S)
            cut_off = self._process.poll() is None
            self._kill(started)
            if cut_off:
                self._note_last("cut_off", seconds=patience_s)
        self._watch.stop()
        self._marker.stop()
        self._log.close()
        self._live.wait(1)
        with suppress(Unrecorded):
            self.news()
        for refused in self.refusals.rows():
            self._note_last("refused", **refused)
        for row in self._exceptions:
            self._note_last("exception", **row)
        if self._lost[0]:
            self._note_last("lost", rows=self._lost[0], why=self._lost[1])
        with suppress(OSError):
            self._control.unlink(missing_ok=True)

    def _note_last(self, kind: str, **line: Any) -> None:
        """A note while the load ends, which it does whatever the disk takes."""
        with suppress(Unrecorded):
            self.note(kind, **line)

    def _ended_within(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True
