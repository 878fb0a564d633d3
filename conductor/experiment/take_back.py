"""Remedies of experiments that were killed: found for a target, reported, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil

from conductor.console import Console
from conductor.exclusive import alone_at, key_of
from conductor.experiment import journal as journals
from conductor.experiment.command import run_command
from conductor.experiment.guard import dropped, text_of, there
from conductor.experiment.journal import LAB, Entry, Journal
from conductor.experiment.journalled import shown_by, undo_command, whole_again
from conductor.interruption import left_behind, shielded
from conductor.load_permission import permission
from lab import folder as lab_folders
from rampart.config import Target
from rampart.errors import Incomplete, NotReady, RampartError, UsageError
from rampart.masking import masked
from seeders.database.inventory import database_of, differing, end_sessions, look

_FAREWELL_S = 5.0


def left_over(target: Target) -> list[Journal]:
    """What experiments that have ended left in force in this target: by where it is reached, or by its database."""
    found = [one for one in journals.in_force() if not one.entry.alive]
    if not found:
        return []
    if target.lab:
        return [one for one in found if one.entry.key == LAB]
    key, database = key_of(target), database_of(target.postgres) if target.postgres else None
    return [one for one in found if one.entry.key == key or one.entry.database == database is not None]


def require_none(target: Target) -> str:
    """For the doctor: NotReady, with the command that takes it back, where a remedy is still in force."""
    for one in left_over(target):
        if target.lab:
            return f"the lab of {one.entry.run} was killed; the next ramp removes what is left of it"
        raise NotReady(
            f"a remedy is still there: {one.entry.shown}",
            "the experiment that applied it was killed, and did not take it back",
            f"Take it back: {undo_command(one)} (the next ramp does it, too).",
        )
    return "no remedy of an experiment is in force"


def take_back_all(target: Target, console: Console, run: Path | None = None) -> None:
    """Before a run: take back what is still there, and say so; NotReady or Incomplete where that fails.

    `run` is one whose own journal is looked at too: it may be from another machine, or another user's.
    """
    found = left_over(target)
    of_its_own = journals.of_run(run) if run is not None else None
    if of_its_own is not None and of_its_own.entry.run not in {one.entry.run for one in found}:
        found += [] if of_its_own.entry.alive else [of_its_own]
    if found and not target.lab:
        permission(target)  # a target that may not be loaded is not changed either
    for one in found:
        if not target.lab:
            console.warn(f"{one.entry.shown}; that experiment was killed. It is taken back now.")
        take_back(one, target, console)


def undo(folder: Path, target: Target | None, console: Console, *, by_hand: bool = False) -> None:
    """`rampart confirm --undo`: take back what a run has in force; nothing happens where there is nothing."""
    found = journals.of_run(folder)
    if found is None:
        if not (folder / "run.json").exists():
            raise UsageError(f"{folder} is not a run", "no remedy of that name is in force either", "Name its folder.")
        console.say(f"no remedy of {folder} is in force")
        return
    if found.entry.alive:
        raise NotReady(
            "the experiment is still running", f"process {found.entry.pid} takes its remedy back when it ends",
            "Wait for its end, or end it (Ctrl-C).",
        )  # fmt: skip
    if by_hand:
        found.close()
        console.say(f"forgotten: {found.entry.shown}")
        return
    take_back(found, target, console)


def take_back(found: Journal, target: Target | None, console: Console) -> None:
    """Undo one remedy and close its entry; it stays where that fails, with the reason."""
    if found.entry.key == LAB:
        _end_lab(found, console)
        return
    if found.entry.state == "planned":  # nothing was changed yet
        found.close()
        return
    with alone_at(found.entry.key), left_behind(f"{found.entry.shown}.", undo_command(found)):
        _undo(found, _command(found, target), target.postgres if target else None, console)


def _undo(found: Journal, command: str, conninfo: str | None, console: Console) -> None:
    entry = found.entry
    if conninfo is not None and not end_sessions(conninfo, entry.session):
        raise NotReady(
            f"not taken back: {entry.shown}",
            "a statement of its command still runs in the database",
            "Wait for its end, and ask again.",
        )
    console.say(f"putting back: {entry.undo} (at most {entry.deadline_s:.0f} s)")
    tick = partial(shown_by(console), "putting back")
    try:
        with shielded(), console.live():
            found.note("undoing")
            run_command(command, entry.deadline_s, cwd=_folder(entry.cwd), session=entry.session, tick=tick)
    except RampartError as error:
        if not _is_gone(entry, command, conninfo):
            remedy = f"Mend that and run {undo_command(found)}, or undo it by hand and run that with --by-hand."
            raise type(error)(f"not taken back: {entry.shown}", f"{error.what}: {error.why}", remedy) from error
    if conninfo is not None and entry.before is not None and not whole_again(conninfo, found, console):
        raise Incomplete(
            f"not taken back: {entry.shown}", "its undo has ended well, and the database is not as it was",
            f"Undo it by hand and run {undo_command(found)} --by-hand.",
        )  # fmt: skip
    found.close()
    console.say(f"taken back: the remedy of {entry.finding}, from {entry.run}")


def _is_gone(entry: Entry, command: str, conninfo: str | None) -> bool:
    """Whether an undo that failed had nothing to undo: all that it drops, or all that was changed, is as before."""
    now = look(conninfo) if conninfo is not None else None
    if now is None or entry.before is None:
        return False
    if entry.changed:
        return not set(differing(entry.before, now)) & set(entry.changed)
    names = dropped(text_of(command, entry.cwd))
    return bool(names) and not any(there(name, now) for name in names)


def _command(found: Journal, target: Target | None) -> str:
    """The command in full: a secret in it is not in the journal, and comes from the target file."""
    entry = found.entry
    if entry.whole:
        return entry.undo
    for row in target.remedies if target is not None else ():
        if str(masked(row.undo)) == entry.undo:
            return row.undo
    raise NotReady(
        f"not taken back: {entry.shown}", f"its undo has a secret, which the journal does not keep: {entry.undo}",
        f"Name the target file that has it: rampart confirm --undo {entry.run} --target FILE.",
    )  # fmt: skip


def _folder(path: str) -> str | None:
    return path if Path(path).is_dir() else None


def _end_lab(found: Journal, console: Console) -> None:
    """A lab ends with the run that it belongs to, and its data with it; what should be left of it is ended here."""
    there_yet = list(_still_running(found.entry))
    for process in there_yet:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs(there_yet, _FAREWELL_S)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    lab_folders.sweep(console.say)
    found.close()
    left = f"{len(there_yet)} of its processes were ended now" if there_yet else "all of its processes have ended"
    console.say(f"the lab of {found.entry.run} is down, and its remedies are gone with it: {left}")


def _still_running(entry: Entry) -> Iterator[psutil.Process]:
    for pid, began in entry.processes:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if process.create_time() == began:
                yield process


def close_lab(folder: Path) -> None:
    """The lab of an experiment of this process is down."""
    found = journals.of_run(folder)
    if found is not None and found.entry.key == LAB and found.entry.alive:
        found.close()
