"""A seeding that is killed while indexes and keys are off: who finds that, who refuses, and how all comes back."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from seeding import LAB, ask, catalog, grown, without_state

from commands import main
from conductor.console import Console
from conductor.seeding import told_if_left_off
from rampart.errors import ExitCode, Incomplete
from seeders.database.interrupted import left_off
from seeders.growth.grow import remove

ROOT = Path(__file__).parents[3]
SOME = 60
# A seeding from the command line, with small slices, that stands still at a text of its progress.
_CHILD = """
import sys, time
from commands import main
from conductor.console import Console
from conductor.seeding import told_if_left_off
from conductor import console
from seeders.database import bulk
from seeders.growth import estimate
estimate.SLICE_ROWS, bulk.BULK_ROWS = 2048, 100
shown = console.Console.progress
def stand_still(self, state):
    shown(self, state)
    if sys.argv[1] in state.note:
        print("HERE", flush=True)
        time.sleep(60)
console.Console.progress = stand_still
sys.exit(main.main(sys.argv[2:]))
"""
Seed = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def target(lab: str, tmp_path: Path) -> Iterator[Path]:
    """A target file; something accepts connections there."""
    file = tmp_path / "lab.toml"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        file.write_text(
            f'name = "lab"\nurl = "{url}"\npostgres = "{lab}"\n[seed]\nseeder = "lab"\nyes_this_database = true\n'
        )
        yield file


@pytest.fixture
def seed(target: Path) -> Iterator[Seed]:
    """`rampart seed` in a process of its own, which has come to a moment; it is gone afterwards."""
    started = []

    def start(moment: str, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", _CHILD, moment, "seed", "--target", str(target), *words]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)
        started.append(process)
        assert process.stdout is not None
        assert any(line == "HERE\n" for line in process.stdout), process.communicate()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def called(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main.main(list(words))
    said = capsys.readouterr()
    return code, " ".join((said.out + said.err).split())


def left(process: subprocess.Popen[str], conninfo: str) -> str:
    """Kill it and wait until its sessions are gone; what is off then."""
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    deadline = time.monotonic() + 15
    while (off := left_off(conninfo)) is not None and off.seeding is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert off is not None
    return off.words


@pytest.mark.parametrize("moment", ["invoices: ", "building indexes", "checking foreign keys"])
def test_killed_it_is_found_and_refused_and_resumed_with_proof(
    lab: str, target: Path, seed: Seed, moment: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = without_state(catalog(lab))
    process = seed(moment, "--tenants", str(SOME))
    going_on = left_off(lab)
    assert going_on is not None and "session from 127.0.0.1" in str(going_on.seeding)
    off = left(process, lab)
    assert "foreign keys" in off and without_state(catalog(lab)) != before
    command = f"rampart seed --resume --target {target}"
    for words in (["doctor"], ["ramp", "--runs", str(tmp_path)], ["nightly", "--runs", str(tmp_path)]):
        code, said = called(capsys, *words, "--target", str(target))
        assert code == ExitCode.NOT_READY
        assert f"why: {off} are off in it until that is resumed" in said and command in said
    code, said = called(capsys, *command.split()[1:])
    assert code == ExitCode.DONE and f"{SOME} tenants" in said
    assert "indexes and constraints compared with those before: all are as they were" in said
    assert left_off(lab) is None and without_state(catalog(lab)) == before
    assert called(capsys, "seed", "--resume", "--target", str(target))[0] == ExitCode.DONE  # nothing more to do


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_it_says_what_is_off_and_what_puts_it_back(lab: str, seed: Seed, by: signal.Signals) -> None:
    process = seed("building indexes", "--tenants", str(SOME))
    asked = time.monotonic()
    process.send_signal(by)
    _, said = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INCOMPLETE and time.monotonic() - asked < 15
    off = left_off(lab)
    assert off is not None and off.seeding is None
    assert f"{off.words} are off in the database until the seeding is resumed: rampart seed --resume" in said


def test_a_second_ctrl_c_ends_it_at_once_and_names_the_command(lab: str, target: Path, seed: Seed) -> None:
    process = seed("invoices: ", "--tenants", str(SOME))
    with psycopg.connect(lab) as holder:  # the clean-up asks here, and waits
        holder.execute("LOCK TABLE rampart_seed")
        process.send_signal(signal.SIGINT)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=2)
    assert process.returncode == ExitCode.INCOMPLETE
    assert "Indexes and keys may be off" in said and f"rampart seed --resume --target {target}" in said


def test_where_the_database_does_not_answer_any_more_that_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), told_if_left_off("host=127.0.0.1 port=1", Console()):
        raise KeyboardInterrupt
    assert "indexes and keys may be off in the database, which does not answer" in capsys.readouterr().err


def test_what_somebody_else_has_dropped_meanwhile_is_told_and_not_made(lab: str, seed: Seed) -> None:
    left(seed("building indexes", "--tenants", str(SOME)), lab)
    with psycopg.connect(lab, autocommit=True) as connection:
        name = connection.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'users'::regclass AND contype = 'u'"
        ).fetchone()
        assert name is not None
        connection.execute(f"ALTER TABLE users DROP CONSTRAINT {name[0]}".encode())
    with pytest.raises(Incomplete, match=rf"not as they were.*ADD CONSTRAINT {name[0]} UNIQUE"):
        grown(lab, SOME)
    assert grown(lab, SOME).tenants == SOME  # told once


def test_a_growth_and_a_removal_leave_no_record_behind(lab: str) -> None:
    growth = grown(lab, SOME)
    assert growth.compared > 10 and left_off(lab) is None
    assert ask(lab, "SELECT count(*) FROM rampart_seed WHERE kind IN ('before', 'detached')") == [(0,)]
    assert remove(LAB, lab).tenants == SOME
    assert ask(lab, "SELECT to_regclass('rampart_seed')") == [(None,)]
