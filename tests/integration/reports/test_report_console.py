"""Live progress: one line for each stage in a log, a live line on a real terminal."""

from __future__ import annotations

import functools
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys, time
from conductor.console import Console, Progress
from rampart.errors import UsageError
console = Console()
console.say("run begins \\x1b[31m[bold]")
with console.live():
    console.progress(Progress("seed", 100, note="50,000 rows"))
    console.progress(Progress("seed", 100, note="60,000 rows"))
    for stage in (1, 2):
        for turn in range(3):
            console.progress(Progress("ramp", 100, stage, 12, 40 * stage, 39.25, 12.1, 41.0 + turn, 0.002, 90.0))
            time.sleep(PAUSE)
    console.warn("a probe is slow")
console.fail(UsageError("levels do not rise", "data only grows", "Give them in rising order."))
console.say("the end")
"""


def environment(**extra: str) -> dict[str, str]:
    kept = {
        key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS")
    }
    return {**kept, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **extra}


def on_a_pipe(**extra: str) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.replace("PAUSE", "0")
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment(**extra),
        timeout=60,
        check=True,
    )


@functools.cache
def on_a_terminal(**extra: str) -> str:
    """Everything that the program writes to a terminal of its own."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-c", PROGRAM.replace("PAUSE", "0.3")]
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment(**extra)) as child:
        os.close(follower)
        written = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:
                break  # Linux says so when the last writer has closed
            if not piece:
                break
            written += piece
        assert child.wait(60) == 0
    os.close(leader)
    return written.decode()


def test_a_log_gets_one_plain_line_for_each_stage_with_its_last_figures() -> None:
    done = on_a_pipe()
    assert done.stdout.splitlines() == [
        "run begins [31m[bold]",
        "seed · 100 tenants · 50,000 rows",
        "ramp · 100 tenants · stage 1 of 12 · 40 users · 39.2 requests/s · p50 12.1 ms · p95 43 ms · errors 0.2 %",
        "ramp · 100 tenants · stage 2 of 12 · 80 users · 39.2 requests/s · p50 12.1 ms · p95 43 ms · errors 0.2 %",
        "the end",
    ]
    assert done.stderr.splitlines() == [
        "Warning: a probe is slow",
        "Error: levels do not rise",
        "  why: data only grows",
        "  do:  Give them in rising order.",
    ]


def test_a_log_has_no_control_characters_even_when_colour_is_forced() -> None:
    done = on_a_pipe(FORCE_COLOR="1", TTY_COMPATIBLE="1", TTY_INTERACTIVE="1")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", done.stdout + done.stderr)


def test_a_terminal_gets_a_live_line_with_the_time_left_and_keeps_the_finished_stages() -> None:
    written = on_a_terminal()
    assert "1 min 30 s left" in written
    assert "\x1b[2K" in written  # the live line is drawn over
    ended = [line for line in written.splitlines() if "p95 43 ms" in line and "left" not in line]
    assert len(ended) >= 2
    assert "Warning: a probe is slow" in written
    assert "\x1b[?25h" in written  # the cursor is given back


def test_no_color_is_honoured_on_a_terminal() -> None:
    colours = re.compile(r"\x1b\[[\d;]*(?:3\d|4\d|9\d)(?:;\d+)*m")
    assert colours.search(on_a_terminal())
    assert not colours.search(on_a_terminal(NO_COLOR="1"))


def test_a_dumb_terminal_gets_the_log() -> None:
    assert not re.search("\x1b", on_a_terminal(TERM="dumb"))


def test_a_reader_that_leaves_does_not_end_the_run(tmp_path: Path) -> None:
    mark = tmp_path / "ended"
    program = f"""
import time, pathlib
from conductor.console import Console
console = Console()
for number in range(50):
    console.say(f"line {{number}}")
    time.sleep(0.01)
pathlib.Path({str(mark)!r}).write_text("whole")
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment()) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"line 0\n"
        child.stdout.close()
        assert child.wait(60) == 0
    assert mark.read_text() == "whole"
