"""One run at a time against a target: the second is told who has it, and a killed one keeps nobody away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conductor.exclusive import exclusive, key_of, state_folder
from rampart.config import Target
from rampart.errors import NotReady
from tests.integration.conftest import Cluster

TARGET = Target("shop", "http://127.0.0.1:8123")
HOLD = """
import sys, time
from pathlib import Path
from conductor.exclusive import exclusive
from rampart.config import Target
with exclusive(Target("shop", "http://localhost:8123")) as held:
    held.name(Path("/tmp/run-of-another"))
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_the_second_run_is_told_who_has_it_and_a_killed_one_keeps_nobody_away() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(NotReady) as caught, exclusive(TARGET):
            pass
        said = str(caught.value)
        assert f"process {other.pid}" in said and "since 2" in said and "/tmp/run-of-another" in said
        with exclusive(Target("other", "http://127.0.0.1:8124")):
            pass
        other.send_signal(signal.SIGKILL)
    assert (
        str(other.pid) in next((state_folder() / "locks").glob("loopback*8123*")).read_text()
    )  # left by the killed one
    for _ in range(2):
        with exclusive(TARGET):
            pass


def test_all_spellings_of_a_target_are_one() -> None:
    urls = ("http://127.0.0.1:80", "http://localhost", "http://127.1:80/app", "http://[::1]:80/")
    assert {key_of(Target("x", url)) for url in urls} == {"loopback:80"}
    assert key_of(Target("x", "http://192.0.2.1:8080")) == "192.0.2.1:8080"


def test_a_state_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(NotReady, match="XDG_STATE_HOME"), exclusive(TARGET):
        pass


def test_its_postgres_keeps_other_machines_away(
    postgres: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = Target("shop", "http://127.0.0.1:8123", postgres=postgres.conninfo())
    with exclusive(here):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another-machine"))
        with (
            pytest.raises(NotReady, match=r"its Postgres.*a session from 127.0.0.1 has its lock since 2"),
            exclusive(here),
        ):
            pass
        with postgres.connect() as connection:
            [(state, xmin)] = connection.execute(
                "SELECT state, backend_xmin FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory'"
            ).fetchall()
        assert (state, xmin) == ("idle in transaction", None)  # vacuum is not held back
    with exclusive(here):
        pass
    with exclusive(Target("shop", "http://127.0.0.1:8123", postgres="host=127.0.0.1 port=1")):
        pass
    assert os.environ["XDG_STATE_HOME"]
