"""What the program says when its words do not fit: one sentence, the nearest right word, the exit code."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commands import history
from commands.main import COMMANDS, main
from conductor.next_command import target_file
from rampart.errors import ExitCode
from tests.planted.recording import Plan, record

WRONG = [
    (["rmp"], 2, "Did you mean 'ramp'?"),
    (["ramp", "--quik"], 2, "Did you mean '--quick'?"),
    (["ramp", "--out", "x"], 2, "Known: --accidents, "),  # what two options share is more than their dashes
    (["ramp", "--tenants", "1000,100"], 2, "do not rise"),
    (["ramp", "--tenants", "many"], 2, "not a list of numbers"),
    (["ramp", "--target", "none.toml"], 2, "cannot be read"),
    (["ramp", "--flaws", "missing-indx", "--tenants", "10"], 2, "Did you mean 'missing-index'?"),
    (["report", "nowhere"], 2, "is not a run"),
    (["explain", "missing-indx"], 2, "Did you mean 'missing-index'?"),
]


@pytest.mark.parametrize(("words", "code", "said"), WRONG)
def test_a_wrong_call_names_the_way_out(
    words: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([*words, *(["--runs", str(tmp_path)] if words[0] == "ramp" else [])]) == code
    assert said in capfd.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [["--flaws", "missing-index"], ["--decoys", "table-scan"], ["--accidents"]])
def test_only_the_lab_can_be_broken_on_purpose(
    words: list[str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "own.toml"
    target.write_text('name = "own"\nurl = "http://127.0.0.1:9"\n')
    runs = tmp_path / "runs"
    assert main(["ramp", "--target", str(target), "--runs", str(runs), *words]) == 2
    assert f"{words[0]} means nothing to own" in capfd.readouterr().err
    assert not runs.exists()
    assert target_file() is None  # the next call in this process may name none


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"example: rampart {command}" in capfd.readouterr().out


def test_a_report_needs_neither_locust_nor_psycopg(tmp_path: Path) -> None:
    run = record(tmp_path, Plan())
    code = (
        "import sys\n"
        "for name in ('locust', 'psycopg', 'redis'): sys.modules[name] = None\n"
        "from commands.main import main\n"
        f"sys.exit(main(['report', {str(run.folder)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (run.folder / "report.html").exists()


def test_a_run_that_nobody_finished_is_reported_and_marked(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = record(tmp_path, Plan())
    run.update(outcome="running")
    assert main(["report", str(run.folder)]) == 4
    assert "incomplete" in capfd.readouterr().err
    assert (run.folder / "verdict.json").exists()


def test_sigterm_ends_a_command_as_ctrl_c_does(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    put_back: list[bool] = []

    def waits(*_: object) -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        finally:
            put_back.append(True)

    monkeypatch.setattr(history, "run", waits)
    outside = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        assert main(["history"]) == ExitCode.INCOMPLETE
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, outside)
    assert put_back
    assert "Interrupted" in capfd.readouterr().err


def test_what_nobody_expected_is_one_sentence_and_a_file(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("at postgresql://me:hunter22@db/x")

    monkeypatch.setattr(history, "run", broken)
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path))
        assert main(["history"]) == ExitCode.OUR_FAULT == 70
        patch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
        assert main(["history"]) == 70
    said = capfd.readouterr().err
    [written] = tmp_path.glob("rampart-*.traceback")
    assert "Traceback" not in said and "ZeroDivisionError" in said and str(written) in said.replace("\n", "")
    assert "could not be written" in said
    assert "in broken" in written.read_text()
    assert "hunter22" not in said + written.read_text()


CLOSED = """
import fcntl, signal, sys, termios, time
from pathlib import Path
from commands import history, main
from rampart.errors import ExitCode

def waits(arguments, console):
    Path(sys.argv[1] + ".begun").touch()
    try:
        time.sleep(30)
    finally:
        for number in range(200):
            console.say(f"putting back, step {number}")
        Path(sys.argv[1]).write_text("put back")

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may ignore it, as nohup does
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # the terminal that is closed is ours
history.run = waits
sys.exit(main.main(["history"]))
"""


def test_a_terminal_that_is_closed_ends_a_command_in_order(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    done = tmp_path / "done"
    command = [
        sys.executable,
        "-c",
        f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n{CLOSED}",
        str(done),
    ]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, cwd=Path(__file__).parents[3]
    ) as child:
        os.close(theirs)
        end = time.monotonic() + 20
        while not Path(f"{done}.begun").exists() and time.monotonic() < end:
            time.sleep(0.05)
        os.close(ours)
        assert child.wait(20) == ExitCode.INCOMPLETE
    assert done.read_text() == "put back"
