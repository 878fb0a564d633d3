"""The scenario imported before the run, as the run imports it: what is in it, or why it cannot be loaded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from conductor.connection_watch import ConnectionWatch, children
from conductor.live_lines import LiveLines, MaskedLog
from conductor.load_permission import permission
from conductor.load_start import environment_of, settings_of, start_load
from conductor.not_loaded import not_loaded
from conductor.refusals import Refusals
from rampart.config import Target
from rampart.errors import NotReady
from rampart.model import JSON

_DEADLINE_S = 60.0  # to import it


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is known of a scenario that could be loaded."""

    classes: list[JSON]  # name, weight, fixed_count, lock_step
    tasks: list[JSON]  # user, task, weight
    hosts: dict[str, str]  # by class: its own host that is not allowed, put back
    shape: str | None  # a shape of its own, which ours replaces
    options: dict[str, str]  # Locust's options that are put back, with their values
    thinking: dict[str, float | None]  # by class: mean wait between tasks in seconds; None: not known
    files: list[JSON] = field(default_factory=list)  # name and digest of what it is made of; its own file is the first

    @property
    def think_s(self) -> float | None:
        """The mean wait of a user, over the classes by their weights; None where one of them is not known."""
        weighed = [(row["fixed_count"] or row["weight"], self.thinking.get(row["name"])) for row in self.classes]
        known = [(weight, seconds) for weight, seconds in weighed if seconds is not None]
        if not known or len(known) < len(weighed):
            return None
        return float(sum(weight * seconds for weight, seconds in known) / (sum(weight for weight, _ in known) or 1))


def check_scenario(target: Target) -> Scenario:
    """Import the scenario in a load process that sends nothing and ends.

    UsageError where it asks for what is not allowed or does not take the options; NotReady where it cannot be loaded.
    """
    _must_exist(target)
    with tempfile.TemporaryDirectory(prefix="rampart-check-") as folder:
        return _Check(Path(folder), target).outcome()


def _must_exist(target: Target) -> None:
    path, cwd = Path(target.load.scenario), target.load.cwd
    if not path.is_file():
        why = "it is a folder" if path.is_dir() else "no such file, neither beside the target file nor from here"
        raise NotReady(f"the scenario {path} is missing", why, "Name a locustfile in [load] scenario.")
    if cwd and not Path(cwd).is_dir():
        raise NotReady(
            f"the working directory {cwd} is missing", "[load] cwd names no folder", "Correct it, or leave cwd out."
        )


class _Check:
    """One load process in check mode, from its start to its end."""

    def __init__(self, folder: Path, target: Target) -> None:
        self._folder, self._target, self._permission = folder, target, permission(target)
        self._live, self._log = LiveLines(), MaskedLog(folder / "locust.log")
        settings = settings_of(folder, time.monotonic(), target, self._permission, self._live.descriptor, check=True)
        (folder / "load-process.json").write_text(json.dumps(asdict(settings)))
        environment = environment_of(target, _some_tenants(folder, target), {"RAMPART_SEED": str(target.seed.seed)})
        self._process = start_load(folder / "load-process.json", target, environment, self._live, self._log)
        self._strangers, self._refusals = ConnectionWatch(self._process.pid, self._permission), Refusals()
        self._started: list[psutil.Process] = []

    def outcome(self) -> Scenario:
        try:
            code = self._process.wait(_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._started = children(self._process.pid)
            raise NotReady(
                f"the scenario {self._target.load.scenario} cannot be loaded",
                f"importing it has not ended after {_DEADLINE_S:.0f} s",
                "Let it do its work in on_start or test_start, and not while it is imported.",
            ) from None
        finally:
            self._end()
        found: dict[str, JSON] = {}
        for line in self._live.take():
            if line["kind"] == "refused":
                self._refusals.take(line)
            else:
                found.setdefault(line["kind"], line)
        self._refusals.take_sockets(self._strangers.strangers)
        if self._refusals:
            raise self._refusals.error()
        if "scenario" not in found or code:
            tail = (self._folder / "locust.log").read_text(errors="replace")
            raise not_loaded(self._target, found.get("unloadable", {}), tail)
        told = found["scenario"]
        put_back = found.get("options", {}).get("put_back", {})
        thinking = found.get("thinking", {}).get("seconds", {})
        hosts = {row["user"]: row["host"] for row in told["hosts"]}
        files = found.get("files", {}).get("files", [])
        return Scenario(told["classes"], told["tasks"], hosts, told["shape"], put_back, thinking, files)

    def _end(self) -> None:
        """It has ended, or ends now with all that it has started."""
        for process in self._started:
            with suppress(psutil.Error):
                process.kill()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(5)
        self._strangers.stop()
        self._log.close()
        self._live.wait(1)


def _some_tenants(folder: Path, target: Target) -> Path | None:
    """A list of tenants such as a seeded run has: a scenario may read it while it is imported."""
    if target.seed.seeder is None:
        return None
    level = 1
    path = folder / f"tenants-{level}.csv"
    path.write_text("id,rows\n1,1\n")
    return path
