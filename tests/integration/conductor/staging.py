"""A target of one's own on which remedies are tried, and experiments on it that stand still while they are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from commands import main
from conductor.experiment.take_back import require_none
from rampart.errors import NotReady
from rampart.target_file import read_target
from tests.integration.conftest import Database

ROOT = Path(__file__).parents[3]
# `rampart confirm` in a process of its own, without load: its blocks say their state, and one of them lasts.
CHILD = """
import sys, time
from commands import main
from conductor.experiment import run as confirm
confirm.doctor.require = confirm.seed_level = lambda *_: None
def block(_, target, state):
    print("BLOCK", state, flush=True)
    time.sleep(60 if state == sys.argv[1] else 0)
    return []
confirm.block = block
sys.exit(main.main(sys.argv[2:]))
"""
# D-R-O-P is a DROP that nobody sees who reads the command.
SQL = """
import os, sys, psycopg
with psycopg.connect(os.environ["REMEDY_DSN"], autocommit=True) as connection:
    for statement in sys.argv[1:]:
        connection.execute(statement.replace("D-R-O-P", "DROP"))
"""
START = """
import pathlib, subprocess, sys
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
pathlib.Path("worker.pid").write_text(str(worker.pid))
"""
STOP = """
import os, pathlib
path = pathlib.Path("worker.pid")
if path.exists():
    os.kill(int(path.read_text()), 9)
    path.unlink()
"""


@dataclass(frozen=True)
class Kind:
    """A way to mend: its commands, and whether it is in force."""

    apply: str
    undo: str
    holds: Callable[[Path, Database], bool]


def sql(*statements: str) -> str:
    return " ".join([sys.executable, "sql.py", *(f"'{one}'" for one in statements)])


def indexed(_: Path, database: Database) -> bool:
    with database.connect() as connection:
        return connection.execute("SELECT to_regclass('by_account') IS NOT NULL").fetchone() == (True,)


def set_for_all(_: Path, database: Database) -> bool:
    with database.connect() as connection:
        return connection.execute("SELECT setting FROM pg_settings WHERE name = 'work_mem'").fetchone() == ("77824",)


def set_for_role(_: Path, database: Database) -> bool:
    with database.connect() as connection:
        return connection.execute("SELECT FROM pg_db_role_setting WHERE setconfig::text ~ 'jit'").fetchone() is not None


def working(folder: Path, _: Database) -> bool:
    with suppress(OSError, psutil.NoSuchProcess):
        return bool(psutil.Process(int((folder / "worker.pid").read_text())).status() != psutil.STATUS_ZOMBIE)
    return False


KINDS = {
    "index": Kind(
        sql("CREATE INDEX CONCURRENTLY by_account ON orders (account)"), sql("DROP INDEX by_account"), indexed
    ),
    "setting": Kind(
        sql('ALTER SYSTEM SET work_mem = "76MB"', "SELECT pg_reload_conf()"),
        sql("ALTER SYSTEM RESET work_mem", "SELECT pg_reload_conf()"), set_for_all,
    ),
    "role": Kind(sql("ALTER ROLE shop SET jit = off"), sql("ALTER ROLE shop RESET jit"), set_for_role),
    "process": Kind(f"{sys.executable} start.py", f"{sys.executable} stop.py", working),
    "flag": Kind("touch flag", "rm flag", lambda folder, _: (folder / "flag").exists()),
}  # fmt: skip


@dataclass
class Staging:
    """A target, the run that is about it, and what is called."""

    folder: Path
    run: Path
    file: Path
    database: Database
    capsys: pytest.CaptureFixture[str]

    def remedy(self, apply: str, undo: str) -> None:
        """Name a remedy in the target file."""
        quoted = [command.replace('"', '\\"') for command in (apply, undo)]
        with self.file.open("a") as file:
            file.write('[[remedies]]\nfinding = "sync-work"\napply = "{}"\nundo = "{}"\n'.format(*quoted))

    def confirm(self, state: str, *, until: str = "BLOCK mended") -> subprocess.Popen[str]:
        """An experiment that stands still in a state, and has come so far."""
        command = [sys.executable, "-c", CHILD, state, "confirm", str(self.run), "--target", str(self.file)]
        pipe = subprocess.PIPE
        paths = {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            command,
            stdout=pipe,
            stderr=pipe,
            text=True,
            cwd=self.folder,
            env={**os.environ, **paths, "PWD": str(self.folder)},
        )
        assert process.stdout is not None
        assert any(line.startswith(until) for line in process.stdout), process.communicate()
        return process

    def call(self, *words: str) -> tuple[int, str]:
        code = main.main(list(words))
        said = self.capsys.readouterr()
        return code, " ".join((said.out + said.err).split())

    @property
    def undo(self) -> str:
        return f"rampart confirm --undo {self.run} --target {self.file}"


def reported(file: Path) -> str:
    """What the doctor says of remedies that are still there; "": there is none."""
    try:
        require_none(read_target(file))
    except NotReady as error:
        return f"{error.what} {error.remedy}"
    return ""


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
