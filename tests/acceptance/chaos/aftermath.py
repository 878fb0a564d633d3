"""After a command has ended: what can still be read, and what the commands for it put back."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import psycopg

from rampart.runs import Run
from tests.acceptance.chaos.commands import RAMPART, run_of, seeded_rows
from tests.acceptance.chaos.faults.disk_full import FILLED
from tests.acceptance.chaos.seen import Seen
from tests.acceptance.chaos.system import System

if TYPE_CHECKING:
    from tests.acceptance.chaos.pair import Place

_TABLES = ("tenants", "users", "projects", "tasks", "invoices", "invoice_lines", "audit_events")
# A recorder writes once a second: a kill loses what ended since. Requests in flight when users stop are not recorded.
_BATCH_S, _ON_THEIR_WAY = 1.6, 60


def rampart(at: Place, *words: str) -> tuple[int, str]:
    """One more command, and all that it says."""
    done = subprocess.run(
        [*RAMPART, *words], capture_output=True, text=True, env=at.environment, cwd=at.folder, timeout=120, check=False
    )
    return done.returncode, done.stdout + done.stderr


def after_seed(system: System, at: Place, before: set[str], struck_at: float, seen: Seen) -> None:
    """What is off is told, the growth is resumed, and then all is there that would have been."""
    (at.disk / FILLED).unlink(missing_ok=True)
    if system.database.process.poll() is not None:
        system.restart_database()
    _await(system)
    target = str(system.folder / "seeded.toml")
    entries = system.seeded()
    if "step" in entries:
        off = {kind: len(entries[kind]) for kind in ("detached", "hushed") if kind in entries}
        code, said = rampart(at, "doctor", "--target", target)
        if off and (code != 3 or "was interrupted" not in said):
            seen.stayed.append(f"{off} are off, and doctor (exit {code}) does not say so")
        code, said = rampart(at, "seed", "--resume", "--target", target)
        if code:
            seen.deviations.append(f"seed --resume: exit {code}: {said.strip()[-300:]}")
        off_now = f"{off['detached']} index and key definitions off, put back"
        what = off_now if "detached" in off else "an unfinished growth, finished"
        seen.told.append(f"{what} by `seed --resume`")
    rows = sum(int(str(system.ask(f"SELECT count(*) FROM {table}")[0][0])) for table in _TABLES)
    seen.lost = "nothing" if rows == seeded_rows() else f"{seeded_rows() - rows} rows"
    if rows != seeded_rows():
        seen.deviations.append(f"{rows} rows in place of {seeded_rows()}")
    _compare_objects(system, before, seen, ours="rampart_seed")


def after_load(system: System, at: Place, before: set[str], struck_at: float, seen: Seen) -> None:
    """The run can be read, and each answer of the product is in it."""
    (at.disk / FILLED).unlink(missing_ok=True)
    folder = run_of(at.runs)
    if folder is None:
        seen.deviations.append("no run folder")
        return
    run = Run.open(folder)
    seen.ended = str(run.about["outcome"])
    about = folder if folder.parent == at.runs else folder.parent
    code, said = rampart(at, "report", str(about))
    verdict = json.loads((about / "verdict.json").read_text()) if (about / "verdict.json").exists() else None
    if verdict is None or code not in (0, 1, 4) or "Traceback" in said:
        seen.deviations.append(f"rampart report: exit {code}: {said.strip()[-300:]}")
    elif about == folder:
        seen.verdict = str(verdict["outcome"])
        seen.deviations += _flattering(verdict)
    rows = sum(batch.num_rows for batch in run.requests({"start"}))
    if seen.command == "lab":  # what its product answered is counted by nobody
        seen.lost = f"not known; {rows:,} rows readable"
        _lab_folder(at, seen)
    else:
        _count_lost(rows, system, struck_at, seen)
    _compare_objects(system, before, seen)


def _lab_folder(at: Place, seen: Seen) -> None:
    """What a lab that could not clean up has left is told by the doctor, and taken away by `rampart lab down`."""
    if not list((at.folder / "temporary").glob("rampart-lab-*")):
        return
    _, said = rampart(at, "doctor")
    if "killed labs" in said:
        seen.told.append("the lab's folder, removed by `lab down`")
        rampart(at, "lab", "down")


def _count_lost(rows: int, system: System, struck_at: float, seen: Seen) -> None:
    answers = system.answers()
    missing = len(answers) - rows
    last = sum(at > (struck_at if seen.killed else max(answers, default=0.0)) - _BATCH_S for at in answers)
    allowed = last + _ON_THEIR_WAY if seen.killed or seen.fault == "disk full" else _ON_THEIR_WAY
    seen.lost = "nothing" if missing <= _ON_THEIR_WAY else f"the last batch: {missing} of {len(answers)} answers"
    if missing > allowed or (answers and not rows):
        seen.deviations.append(f"{missing} of {len(answers)} answers are not in the run")


def _flattering(verdict: dict[str, object]) -> list[str]:
    """Loads that are called held although they failed."""
    points = verdict["points"]
    assert isinstance(points, list)
    bad = {point["users"] for point in points if (point.get("error_ratio") or 0) > 0.05}
    good = {point["users"] for point in points if (point.get("error_ratio") or 0) <= 0.01}
    capacity = verdict["capacity"]
    assert isinstance(capacity, list)
    held = {(row.get("slo_users") or {}).get("met") for row in capacity}
    return [f"{users} users are held, where requests failed" for users in held & (bad - good) if users]


def after_confirm(system: System, at: Place, before: set[str], struck_at: float, seen: Seen) -> None:
    """As after a load; and a remedy that is still applied is told by the doctor, and taken back by the journal."""
    _await(system)
    if system.objects() != before:
        target = ["--target", str(system.folder / "target.toml")]
        _, said = rampart(at, "doctor", *target)
        if "--undo" not in said:
            seen.stayed.append("a remedy is applied, and doctor does not say so")
        (run,) = at.runs.iterdir()
        code, said = rampart(at, "confirm", "--undo", str(run), *target)
        if code:
            seen.deviations.append(f"confirm --undo: exit {code}: {said.strip()[-300:]}")
        seen.told.append("the remedy, undone by `confirm --undo`")
    after_load(system, at, before, struck_at, seen)


def _compare_objects(system: System, before: set[str], seen: Seen, ours: str | None = None) -> None:
    """What is new in the database, but for what is of `ours`, and what is gone."""
    _await(system)
    now = system.objects()
    seen.stayed += [f"new: {name}" for name in sorted(now - before) if ours is None or ours not in name]
    seen.stayed += [f"gone: {name}" for name in sorted(before - now)]


def _await(system: System) -> None:
    """A database that a fault has restarted recovers first."""
    until = time.monotonic() + 30
    while True:
        try:
            system.ask("SELECT 1")
            return
        except psycopg.Error:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


LOOK: dict[str, Callable[[System, Place, set[str], float, Seen], None]] = {
    "seed": after_seed, "ramp": after_load, "lab": after_load, "confirm": after_confirm,
}  # fmt: skip
