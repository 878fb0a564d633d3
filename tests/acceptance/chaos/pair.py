"""One pair: a command on a system of its own, a fault at a moment, and what was seen of it afterwards.

`python -m tests.acceptance.chaos.pair FAULT COMMAND MOMENT` prints one JSON line. It is a process of its own, so that
whatever the command leaves running is found among its descendants.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.child import ROOT
from tests.acceptance.chaos import aftermath
from tests.acceptance.chaos.commands import COMMANDS, RAMPART, Command
from tests.acceptance.chaos.faults._fault import Expected, Fault, Struck
from tests.acceptance.chaos.found import FAULTS
from tests.acceptance.chaos.leftovers import adopt_orphans, after_grace, files, in_database, locks, processes
from tests.acceptance.chaos.seen import Seen
from tests.acceptance.chaos.system import System, running

_DISK = "size=450m"  # the database with what is seeded fits; it is filled by the fault
_POLL_S = 0.02
_BUSY_S = 1.0  # later than promised, on a machine that other pairs load


@dataclass
class Place:
    """The folders of a pair."""

    folder: Path
    disk: Path
    runs: Path

    @property
    def environment(self) -> dict[str, str]:
        own = {name: str(self.folder / name) for name in ("temporary", "state")}
        return {**os.environ, "TMPDIR": own["temporary"], "XDG_STATE_HOME": own["state"], "PYTHONPATH": str(ROOT)}


@contextmanager
def place(fault: Fault) -> Iterator[Place]:
    """Folders of its own; a disk that is filled is one that was mounted for it."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="rampart-chaos-", ignore_cleanup_errors=True))
        )
        folder.chmod(0o755)
        for name in ("temporary", "state", "disk", "system"):
            (folder / name).mkdir()
        disk = folder / "disk"
        if fault.name == "disk full":
            subprocess.run(["mount", "-t", "tmpfs", "-o", _DISK, "chaos", str(disk)], check=True)
            stack.callback(subprocess.run, ["umount", "-l", str(disk)], check=False)
        yield Place(folder, disk, disk / "runs")


def carried_out(fault: Fault, command: Command, moment: str) -> Seen:
    """The pair, from the start of the system to the comparison with what was expected."""
    began, expected = time.monotonic(), fault.of(command.name, moment)
    seen = Seen(fault.name, command.name, moment, expected.shown)
    with place(fault) as at:
        where = at.disk / "system" if fault.name == "disk full" and command.name == "seed" else at.folder / "system"
        where.mkdir(exist_ok=True)
        at.runs.mkdir()
        with running(where) as system:
            before = system.objects()
            struck_at, output = _disturbed(fault, command, moment, system, at, seen)
            aftermath.LOOK[command.name](system, at, before, struck_at, seen)
            judge(expected, output, seen)
            _look_for_leftovers(system, at, seen)
    seen.deviations += [f"stayed behind: {what}" for what in seen.stayed]
    seen.seconds = round(time.monotonic() - began, 1)
    return seen


def _disturbed(fault: Fault, command: Command, moment: str, system: System, at: Place, seen: Seen) -> tuple[float, str]:
    """Run the command, strike at the moment; when that was, and all that the command said."""
    come = command.moments[moment][1]
    log = at.folder / "output"
    with log.open("wb") as out:
        call = [*RAMPART, *command.call(system, at.runs)]
        process = subprocess.Popen(
            call, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=at.environment, cwd=at.folder
        )
    try:
        until = time.monotonic() + command.patience_s
        while not come(system, at.runs):
            if process.poll() is not None or time.monotonic() > until:
                seen.deviations.append("the moment never came")
                break
            time.sleep(_POLL_S)
        struck_at = time.monotonic()
        fault.strike(Struck(system, process, at.disk))
        seen.exit = process.wait(command.patience_s)
    except subprocess.TimeoutExpired:
        seen.deviations.append(f"it had not ended after {command.patience_s:.0f} s")
        process.kill()
        seen.exit = process.wait()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        system.behave()
    if fault.within_s is not None and command.name in ("ramp", "confirm"):
        later = [answer for answer in system.answers() if answer > struck_at]
        seen.quiet_s = round(max(later, default=struck_at) - struck_at, 2)
        if seen.quiet_s > fault.within_s + _BUSY_S:
            seen.deviations.append(f"a request {seen.quiet_s} s after it")
    return struck_at, log.read_text(errors="replace")


def judge(expected: Expected, output: str, seen: Seen) -> None:
    """Compare what was seen with what was expected: exit code, run, verdict, and what the command said."""
    if seen.exit not in expected.exits:
        seen.deviations.append(f"exit {seen.exit}")
    if expected.ended and seen.ended not in expected.ended:
        seen.deviations.append(f"the run is {seen.ended or 'nowhere'}")
    if expected.outcomes and seen.verdict not in expected.outcomes:
        seen.deviations.append(f"the outcome is {seen.verdict}")
    if expected.says and not re.search(expected.says, output):
        seen.deviations.append(f"it did not say {expected.says!r}")
    if "Traceback (most recent call last)" in output:
        seen.deviations.append("a traceback")
    if seen.deviations:
        print(output[-3000:], file=sys.stderr)


def _look_for_leftovers(system: System, at: Place, seen: Seen) -> None:
    ours = {child.pid for child in system.parts}
    seen.stayed += after_grace(lambda: [*processes(ours), *in_database(system)])
    seen.stayed += [*locks(at.folder / "state"), *files(at.folder / "temporary", at.runs)]


def main() -> int:
    adopt_orphans()
    for number in (signal.SIGINT, signal.SIGHUP):  # whoever starts us in the background, or with nohup, ignores them
        signal.signal(number, signal.SIG_DFL)
    name, command, moment = sys.argv[1:4]
    seen = carried_out(FAULTS[name], COMMANDS[command], moment)
    print(json.dumps(asdict(seen)))
    return 1 if seen.deviations else 0


if __name__ == "__main__":
    sys.exit(main())
