"""A first word to end is heeded in order, a second at once; what is being put back is not cut off by a first."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from rampart.errors import ExitCode

# What starts the tests in the background may ignore Ctrl-C, and every child would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A command that puts something back when it is interrupted, or (shielded) while nobody has spoken yet.
_COMMAND = """
import atexit, sys, time
from commands import history, main
from conductor.interruption import left_behind, shielded
SECONDS = float(sys.argv[1])
def put_back(seconds):
    print("PUTTING BACK", flush=True)
    time.sleep(seconds)
    print("BACK", flush=True)
def run(*_):
    with left_behind("An index of ours is still there.", "rampart confirm --undo runs/A"):
        try:
            if "shielded" in sys.argv:
                with shielded():
                    put_back(1.5)
                print("WENT ON", flush=True)
            print("READY", flush=True)
            time.sleep(30)
        finally:
            if "shielded" not in sys.argv:
                put_back(SECONDS)
history.run = run
atexit.register(time.sleep, 1.5 if "slow" in sys.argv else 0)  # as an interpreter that has much to clear away
main.main = lambda call=main.main: call(["history"])
main.program()
"""


def begun(line: str, *words: str) -> subprocess.Popen[str]:
    """The command, which has printed this line."""
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", _COMMAND, *words], stdout=pipe, stderr=pipe, text=True)
    assert process.stdout is not None
    assert any(said == f"{line}\n" for said in process.stdout), process.communicate()
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_word_ends_it_at_once_and_tells_what_stays_and_what_takes_it_back(number: signal.Signals) -> None:
    process = begun("READY", "30")
    process.send_signal(number)
    time.sleep(0.7)
    process.send_signal(number)
    out, errors = process.communicate(timeout=5)
    assert process.returncode == ExitCode.INCOMPLETE and "PUTTING BACK" in out and "\nBACK" not in out
    assert "An index of ours is still there.\n  do:  rampart confirm --undo runs/A" in errors


def test_the_same_word_twice_within_a_moment_is_one() -> None:
    process = begun("READY", "1")
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGHUP):  # as `timeout` and a closed terminal send them
        process.send_signal(number)
        time.sleep(0.02)
    out, errors = process.communicate(timeout=10)
    assert process.returncode == ExitCode.INCOMPLETE and "\nBACK" in out
    assert "still there" not in errors


def test_a_first_word_waits_for_what_is_being_put_back() -> None:
    process = begun("PUTTING BACK", "0", "shielded")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=10)
    assert process.returncode == ExitCode.INCOMPLETE and "BACK\n" in out and "WENT ON" not in out


def test_a_second_word_does_not_wait_for_it() -> None:
    process = begun("PUTTING BACK", "0", "shielded")
    process.send_signal(signal.SIGINT)
    time.sleep(0.6)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=5)
    assert process.returncode == ExitCode.INCOMPLETE and "BACK\n" not in out and "still there" in errors


def test_a_second_word_after_the_last_of_the_command_does_not_change_its_exit_code() -> None:
    process = begun("READY", "0", "slow")
    process.send_signal(signal.SIGINT)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == ExitCode.INCOMPLETE
