"""An experiment that is killed, or interrupted, with its remedy in force: who finds it, and how it is taken back."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from commands import main
from conductor.experiment.journal import in_force, of_run, started
from rampart.errors import ExitCode
from tests.integration.conductor.staging import (
    CHILD,
    KINDS,
    ROOT,
    SQL,
    START,
    STOP,
    Staging,
    indexed,
    killed,
    reported,
    sql,
)
from tests.integration.conftest import Cluster, Database, await_true
from tests.planted.recording import Plan, record


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that names a bottleneck."""
    plan = Plan(users=(4, 8, 16, 32, 12, 24), limit_rps=12.0, where="mail", work_ms=100.0, unloaded_ms=120.0, tenants=0)
    folder = tmp_path_factory.mktemp("recorded")
    return record(folder, plan, target={"name": "shop", "slo": {"p95_ms": 500.0}}).folder


@pytest.fixture
def staging(
    tmp_path: Path, recorded: Path, database: Database, postgres: Cluster, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Staging]:  # fmt: skip
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("REMEDY_DSN", database.conninfo())
    shutil.copytree(recorded, tmp_path / "run")
    for name, text in {"sql.py": SQL, "start.py": START, "stop.py": STOP}.items():
        (tmp_path / name).write_text(text)
    with database.connect() as connection:
        connection.execute("CREATE TABLE orders AS SELECT n AS id, n % 50 AS account FROM generate_series(1, 2000) n")
    file = tmp_path / "shop.toml"
    head = f'name = "shop"\nurl = "http://127.0.0.1:1"\ndisposable = true\npostgres = "{database.conninfo()}"\n'
    file.write_text(head)
    yield Staging(tmp_path, tmp_path / "run", file, database, capsys)
    with postgres.connect() as connection:
        connection.execute("ALTER SYSTEM RESET ALL")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("ALTER ROLE shop RESET ALL")
    with suppress(OSError, psutil.NoSuchProcess):
        psutil.Process(int((tmp_path / "worker.pid").read_text())).kill()


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_kill_it_is_found_and_taken_back_once(staging: Staging, kind: str) -> None:
    way = KINDS[kind]
    staging.remedy(way.apply, way.undo)
    killed(staging.confirm("mended"))
    assert way.holds(staging.folder, staging.database)
    said = reported(staging.file)
    assert "the remedy of sync-work (" in said and "is in force (since 20" in said and staging.undo in said
    code, said = staging.call(*staging.undo.split()[1:])
    assert code == ExitCode.DONE and "taken back: the remedy of sync-work" in said
    await_true(lambda: not way.holds(staging.folder, staging.database), 3)
    assert list(in_force()) == [] and of_run(staging.run) is None
    code, said = staging.call(*staging.undo.split()[1:])
    assert code == ExitCode.DONE and "no remedy of" in said


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("ramp", "index"),
        pytest.param("nightly", "process", marks=pytest.mark.acceptance),
        ("confirm", "role"),
    ],
)
def test_a_run_reports_it_and_takes_it_back(staging: Staging, command: str, kind: str) -> None:
    way = KINDS[kind]
    staging.remedy(way.apply, way.undo)
    killed(staging.confirm("mended"))
    where = [str(staging.run)] if command == "confirm" else ["--runs", str(staging.folder / "runs")]
    code, said = staging.call(command, *where, "--target", str(staging.file))
    assert "that experiment was killed. It is taken back now." in said and "taken back: the remedy of" in said
    assert not way.holds(staging.folder, staging.database) and list(in_force()) == []
    assert code == ExitCode.NOT_READY and "http://127.0.0.1:1" in said  # nothing listens there: it came first


def test_another_target_is_not_touched_and_the_same_database_is(staging: Staging) -> None:
    staging.remedy(KINDS["flag"].apply, KINDS["flag"].undo)
    killed(staging.confirm("mended"))
    other = staging.folder / "other.toml"
    other.write_text('name = "other"\nurl = "http://127.0.0.1:2"\n')
    assert reported(other) == ""
    other.write_text(other.read_text() + f'postgres = "{staging.database.conninfo("shop")}"\n')
    assert staging.undo in reported(other)
    code, said = staging.call("doctor", "--target", str(staging.file))
    assert code == ExitCode.NOT_READY and staging.undo in said


def test_killed_while_it_is_being_applied_its_statement_ends_and_makes_nothing_later(staging: Staging) -> None:
    way = KINDS["index"]
    staging.remedy(sql("CREATE INDEX by_account ON orders (account)"), way.undo)
    with staging.database.connect() as onlooker, staging.database.connect() as writer:
        writer.execute("BEGIN; INSERT INTO orders VALUES (0, 0)")  # the index waits for it
        process = staging.confirm("never", until="BLOCK unmended")
        waits = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock'"
        await_true(lambda: onlooker.execute(waits).fetchone() == (1,))
        killed(process)
        assert "may be in force" in reported(staging.file)
        assert staging.call(*staging.undo.split()[1:])[0] == ExitCode.DONE
        writer.execute("COMMIT")
        time.sleep(0.3)
        assert not way.holds(staging.folder, staging.database)


def test_an_undo_that_fails_keeps_it_until_it_is_undone_by_hand(staging: Staging) -> None:
    staging.remedy("touch flag", "false")
    killed(staging.confirm("mended"))
    for words in (staging.undo.split()[1:], ["ramp", "--target", str(staging.file)]):
        code, said = staging.call(*words)
        assert code == ExitCode.INCOMPLETE and "not taken back" in said and "exit 1" in said and "--by-hand" in said
    assert staging.call(*staging.undo.split()[1:], "--by-hand")[0] == ExitCode.DONE
    assert list(in_force()) == []


@pytest.mark.parametrize("gone", ["run", "state"])
def test_either_of_its_two_files_is_enough(staging: Staging, gone: str) -> None:
    staging.remedy("touch flag", "rm flag")
    killed(staging.confirm("mended"))
    shutil.rmtree(staging.folder / gone)
    assert staging.call(*staging.undo.split()[1:])[0] == ExitCode.DONE
    assert not (staging.folder / "flag").exists()


def test_a_secret_of_the_command_comes_from_the_target_file_alone(staging: Staging) -> None:
    undo = f"{sys.executable} -c \\\"import os; os.remove('flag')\\\" postgresql://me:canary-7541@x/y"
    staging.remedy("touch flag", undo.replace('\\"', '"'))
    killed(staging.confirm("mended"))
    kept = [path.read_text() for path in (*staging.run.glob("*.json"), *staging.folder.glob("state/**/*.json"))]
    assert kept and not any("canary" in text for text in kept)
    text = staging.file.read_text()
    staging.file.write_text(text.partition("[[remedies]]")[0])
    code, said = staging.call("confirm", "--undo", str(staging.run))
    assert code == ExitCode.NOT_READY and "--target" in said and "canary" not in said
    staging.file.write_text(text)
    assert staging.call(*staging.undo.split()[1:])[0] == ExitCode.DONE
    assert not (staging.folder / "flag").exists()


@pytest.mark.parametrize(
    "by", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.acceptance), signal.SIGHUP]
)
def test_interrupted_it_is_put_back_and_that_is_shown(staging: Staging, by: signal.Signals) -> None:
    staging.remedy(KINDS["index"].apply, KINDS["index"].undo)
    process = staging.confirm("mended")
    process.send_signal(by)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INCOMPLETE
    assert not indexed(staging.folder, staging.database) and list(in_force()) == []
    assert "putting back: " in out and "at most 120 s" in out


def test_a_second_ctrl_c_leaves_it_to_the_journal(staging: Staging) -> None:
    slow = f"{sys.executable} -c \"import os, time; time.sleep(4); os.remove('flag')\""
    staging.remedy("touch flag", slow)
    process = staging.confirm("mended")
    process.send_signal(signal.SIGINT)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    out, errors = process.communicate(timeout=5)
    assert process.returncode == ExitCode.INCOMPLETE and time.monotonic() - asked < 1.0
    assert "s left" in out  # what is being put back, and how long that may take
    assert "The remedy of sync-work is in force" in errors and staging.undo in errors
    assert (staging.folder / "flag").exists()
    assert staging.call(*staging.undo.split()[1:])[0] == ExitCode.DONE
    assert not (staging.folder / "flag").exists()


@pytest.mark.acceptance
@pytest.mark.alone
def test_the_lab_of_a_killed_experiment_ends_with_it_and_its_entry_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    run = tmp_path / "app-pool"
    shutil.copytree(ROOT / "tests" / "recordings" / "app-pool", run)
    (run / "lab.json").write_text('{"flaws": ["app-pool"]}')
    command = [sys.executable, "-c", CHILD, "mended", "confirm", str(run)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
    assert process.stdout is not None and any(line == "BLOCK mended\n" for line in process.stdout)
    (one,) = in_force()
    assert len(one.entry.processes) >= 6 and one.entry.state == "applied"
    killed(process)
    await_true(lambda: all(started(pid) != began for pid, began in one.entry.processes))
    assert main.main(["doctor"]) == ExitCode.DONE
    assert "the next ramp removes what is left of it" in " ".join(capsys.readouterr().out.split())
    assert main.main(["confirm", "--undo", str(run)]) == ExitCode.DONE
    assert "all of its processes have ended" in capsys.readouterr().out
    assert list(in_force()) == []
