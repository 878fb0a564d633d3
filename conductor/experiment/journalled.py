"""A remedy with its journal: on disk before it is applied, and compared with what was there when it is undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from conductor.console import Console, Progress
from conductor.experiment.guard import require_new
from conductor.experiment.journal import Entry, Journal, new_entry
from conductor.experiment.remedies import CommandRemedy, Remedy
from conductor.interruption import is_back, leave_behind, shielded
from conductor.next_command import command_with, target_file
from lab.staging import Lab
from rampart.config import Target
from rampart.errors import NotReady, RampartError
from rampart.finding import Finding
from rampart.masking import masked
from seeders.database.inventory import differing, look, make_again

_SETTLE_S = 2.0  # that a server may need to take in a changed setting


@dataclass(slots=True)
class Journalled:
    """A remedy that nobody can lose: what it changes, how that is undone, and whether it was."""

    remedy: Remedy
    journal: Journal
    now: Target
    console: Console
    lab: Lab | None = None
    in_force: bool = False

    @property
    def says(self) -> str:
        return self.remedy.says

    @property
    def undo_command(self) -> str:
        return undo_command(self.journal)

    def mend(self) -> Target:
        entry = self.journal.entry
        before = entry.before if entry.before is not None else self._look()
        self.journal.write("planned", before=before, processes=processes_of(self.lab))
        self.journal.write("applying")
        self.in_force = True
        if self.lab is None:
            leave_behind(self._stays, self.undo_command)
        try:
            self.now = self.remedy.mend()
        except NotReady:  # its command could not be started, so nothing was changed
            self._is_back()
            raise
        after = self._look()
        changed = () if before is None or after is None else tuple(differing(before, after))
        self.journal.note("applied", changed=changed, processes=processes_of(self.lab))
        return self.now

    def undo(self) -> Target:
        """Nothing where it is not in force. A first Ctrl-C waits for it."""
        if not self.in_force:
            return self.now
        with shielded():
            self.journal.note("undoing")
            try:
                self.now = self.remedy.undo()
            except RampartError as error:
                raise type(error)(error.what, error.why, f"Take the remedy back: {self.undo_command}") from error
            self._is_back(sure=self._as_before())
        return self.now

    def _is_back(self, *, sure: bool = True) -> None:
        self.in_force = False
        if sure:
            self.journal.close()
        is_back(self._stays, self.undo_command)

    def _as_before(self) -> bool:
        entry = self.journal.entry
        if entry.before is None or self.now.postgres is None:
            return True
        return whole_again(self.now.postgres, self.journal, self.console)

    def _look(self) -> dict[str, str] | None:
        return None if self.now.postgres is None or self.lab is not None else look(self.now.postgres)

    @property
    def _stays(self) -> str:
        return f"The remedy of {self.journal.entry.finding} is in force ({self.says})."


def undo_command(journal: Journal) -> str:
    """The command that takes it back."""
    file = journal.entry.target_file
    return command_with(Path(file) if file else None, "confirm", "--undo", str(journal.folder.resolve()))


def whole_again(conninfo: str, journal: Journal, console: Console) -> bool:
    """After an undo: make again what it took of what was there before, and see that what the remedy made is gone."""
    before, now = journal.entry.before or {}, _settled(conninfo, journal.entry)
    if now is None:
        return True
    lost = [name for name in before if name.startswith(("index ", "constraint ")) and name not in now]
    if lost:
        make_again(conninfo, lost, before)
        left = [f"{name}: {before[name]}" for name in lost if name not in (look(conninfo) or {})]
        made = f"not all could be made again: {'; '.join(left)}" if left else "it was made again"
        console.warn(f"the undo took away what was there before the remedy ({', '.join(lost)}); {made}")
    stays = [name for name in journal.entry.changed if before.get(name) != now.get(name) and name not in lost]
    if stays:
        console.warn(f"the undo has ended, and this is not as it was before the remedy: {', '.join(stays)}")
    return not stays


def _settled(conninfo: str, entry: Entry) -> dict[str, str] | None:
    """The inventory, once what the remedy changed is as before, or has had its time."""
    before, end = entry.before or {}, time.monotonic() + _SETTLE_S
    while (now := look(conninfo)) is not None and time.monotonic() < end:
        if all(before.get(name) == now.get(name) for name in entry.changed):
            break
        time.sleep(0.2)
    return now


def journalled(
    remedy: Remedy, run: Path, target: Target, finding: Finding, console: Console, lab: Lab | None = None
) -> Journalled:
    """The remedy, with an entry of which nothing is written yet; NotReady where it may not be tried as it is."""
    more: dict[str, object] = {}
    if isinstance(remedy, CommandRemedy):
        file = target_file()
        undo = str(masked(remedy.commands.undo))
        more = {
            "undo": undo, "whole": undo == remedy.commands.undo, "deadline_s": remedy.commands.deadline_s,
            "target_file": None if file is None else str(file),
        }  # fmt: skip
    entry = new_entry(run, target, finding.id, remedy.says, **more)
    if isinstance(remedy, CommandRemedy):
        before = look(target.postgres) if target.postgres else None
        require_new(remedy.commands, before or {})
        remedy = CommandRemedy(target, remedy.commands, entry.cwd, entry.session, shown_by(console))
    return Journalled(remedy, Journal(entry, run), target, console, lab)


@contextmanager
def lab_journal(folder: Path, target: Target) -> Iterator[Journal]:
    """An entry for a lab that is mended and broken inside, closed when it is down."""
    journal = Journal(new_entry(folder, target, "a ladder", "mends the lab's flaws one after the other"), folder)
    journal.write("applied")
    try:
        yield journal
    finally:
        journal.close()


def shown_by(console: Console) -> Callable[[str, float], None]:
    """Tells what a command is doing, and how many seconds it may still take."""
    return lambda what, left: console.progress(Progress(what, seconds_left=left, note="a remedy's command"))


def processes_of(lab: Lab | None) -> tuple[tuple[int, float], ...]:
    """A lab's processes, each with when it began."""
    found = []
    for child in lab.children if lab is not None else ():
        try:
            found.append((child.pid, psutil.Process(child.pid).create_time()))
        except psutil.NoSuchProcess:
            continue
    return tuple(found)
