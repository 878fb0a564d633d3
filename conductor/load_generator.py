"""Locust as a steered subprocess: importing it would patch our sockets, and it must be ours to end within a second."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rampart.config import Target
from rampart.errors import Incomplete
from rampart.model import JSON
from rampart.processes import start_child
from rampart.runs import Clock, Run
from rampart.shipped import shipped

SCENARIOS = shipped("scenarios")


class LoadProcess:
    """One Locust process that follows the control file."""

    def __init__(
        self, run: Run, clock: Clock, target: Target, tenants: Path | None, environment: dict[str, str]
    ) -> None:
        self._control = run.folder / "control.json"
        self._offset = 0
        self._live: Path | None = None
        self._folder = run.folder
        self.steer(users=1, spawn_rate=1)
        self._log = (run.folder / "locust.log").open("ab")
        self._process = start_child(
            self._command(target),
            cwd=SCENARIOS.parent,
            env={
                **os.environ,
                **environment,
                "RAMPART_RUN": str(run.folder.resolve()),
                "RAMPART_ORIGIN": repr(clock.origin_monotonic),
                "RAMPART_CONTROL": str(self._control.resolve()),
                **({"RAMPART_TENANTS": str(tenants.resolve())} if tenants else {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone; we end it in order
        )

    @staticmethod
    def _command(target: Target) -> Sequence[str]:
        files = [SCENARIOS / "_recorder.py", SCENARIOS / "shapes/_steered.py", Path(target.load.scenario)]
        return (
            *(sys.executable, "-m", "locust", "--headless", "--only-summary", "--loglevel", "WARNING"),
            *("--host", target.url, "--stop-timeout", "2", "-f", ",".join(map(str, files))),
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

    def tasks(self) -> list[JSON]:
        """The scenario's tasks and weights, as the recorder found them; empty until it has started."""
        path = self._folder / "tasks.json"
        try:
            rows: list[JSON] = json.loads(path.read_text())
        except (OSError, ValueError):
            return []
        return rows

    def news(self) -> list[JSON]:
        """The live lines since the last call."""
        if self._live is None:
            path = self._folder / f"live-{self.pid}.jsonl"
            if not path.exists():
                return []
            self._live = path
        with self._live.open() as file:
            file.seek(self._offset)
            text = file.read()
        whole = text[: text.rfind("\n") + 1]
        self._offset += len(whole.encode())
        return [json.loads(line) for line in whole.splitlines()]

    def check(self) -> None:
        """Raise when Locust has ended by itself."""
        if self._process.poll() is not None:
            tail = (self._folder / "locust.log").read_text(errors="replace").strip().splitlines()[-12:]
            why = next((line for line in reversed(tail) if "Error" in line), tail[-1] if tail else "it said nothing")
            raise Incomplete(
                f"the load generator ended by itself (exit {self._process.returncode})",
                why.strip(),
                f"Run the scenario alone (locust -f …), or read {self._folder.name}/locust.log.",
            )

    def end(self, patience_s: float = 4.0) -> None:
        """Stop the load: politely for `patience_s`, then at once. Rows are on disk to the last second."""
        if self._process.poll() is None:
            self.steer(users=0, spawn_rate=100, stop=True)
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(5)
        self._log.close()
        self._control.unlink(missing_ok=True)
