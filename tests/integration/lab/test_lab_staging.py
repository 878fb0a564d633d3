"""The lab as a whole: up, two at once, as whoever we are, and gone however we go."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from lab import folder
from lab.staging import Lab
from rampart.errors import UsageError

ROOT = Path(__file__).parents[3]

# A program that starts a lab, perhaps from a thread that ends, says what runs, and waits to be killed.
PROGRAM = """
import json, sys, threading, time
from lab.staging import Lab
started = []
thread = threading.Thread(target=lambda: started.append(Lab.up()))
thread.start()
thread.join()
lab = started[0]
print(json.dumps({"pids": [one.pid for one in lab.target.processes], "folder": str(lab.folder)}), flush=True)
time.sleep(60)
"""


def processes_of(lab: Lab) -> list[psutil.Process]:
    parents = [psutil.Process(one.pid) for one in lab.target.processes]
    return parents + [child for parent in parents for child in parent.children(recursive=True)]


def test_every_part_runs_and_listens_on_loopback_alone(healthy: Lab) -> None:
    roles = Counter(process.role for process in healthy.target.processes)
    assert roles == {"db": 1, "cache": 1, "queue": 1, "outside": 1, "app": 1, "worker": 4}
    listening = {
        connection.laddr
        for process in processes_of(healthy)
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert len(listening) == 7


def test_the_target_is_what_it_says(healthy: Lab) -> None:
    target = healthy.target
    assert target.lab
    assert target.disposable
    with psycopg.connect(target.postgres or "") as database:
        assert database.execute(target.marker.sql.encode()).fetchone() == (True,)
        assert database.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchone() == (True,)
        database.execute("SELECT calls FROM pg_stat_statements LIMIT 1")
        names = database.execute("SELECT usename, application_name FROM pg_stat_activity WHERE datname = 'saas'")
        assert ("saas", "saas") in names.fetchall()
    assert [server.role for server in target.redis] == ["cache", "queue"]
    for server in target.redis:
        with redis.Redis.from_url(server.url) as client:
            assert client.ping()


def test_two_labs_at_once_and_down_leaves_nothing(healthy: Lab) -> None:
    with Lab.up() as second:
        assert not {*vars_of(second)} & {*vars_of(healthy)}
        running = processes_of(second)
        os.kill(next(one.pid or 0 for one in second.target.processes if one.role == "worker"), signal.SIGKILL)
        began = time.monotonic()
        second.down()
        assert time.monotonic() - began < 3
        assert psutil.wait_procs(running, timeout=1)[1] == []
        assert not second.folder.exists()
        second.down()
    assert all(process.is_running() for process in processes_of(healthy))


def vars_of(lab: Lab) -> list[int]:
    ports = lab.ports
    return [ports.db, ports.cache, ports.queue, ports.relay, ports.services, ports.app, ports.stats]


def test_an_unknown_flaw_is_refused_before_anything_starts() -> None:
    with pytest.raises(UsageError, match="missing-index"):
        Lab.up(flaws=["missing-indx"])


def test_a_flaw_that_is_not_planted_cannot_be_fixed(healthy: Lab) -> None:
    with pytest.raises(UsageError, match="without it"):
        healthy.fix("app-pool")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a watcher polls; see test_lab_child.py")
def test_nothing_outlives_a_parent_that_is_killed(roomy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In a folder of its own, or another lab that starts meanwhile would sweep what is left.
    monkeypatch.setattr(tempfile, "tempdir", str(roomy))
    there = {**os.environ, "TMPDIR": str(roomy)}
    parent = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT, env=there, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    about = json.loads(parent.stdout.readline())
    running = [psutil.Process(pid) for pid in about["pids"]]
    running += [child for process in running for child in process.children(recursive=True)]
    assert len(running) > len(about["pids"])  # the database's own children among them
    parent.kill()
    parent.communicate()
    assert psutil.wait_procs(running, timeout=5)[1] == []
    assert Path(about["folder"]).parent == roomy
    assert Path(about["folder"]).exists()
    told: list[str] = []
    assert folder.abandoned() == [Path(about["folder"])]
    folder.sweep(told.append)
    assert not Path(about["folder"]).exists()
    assert about["folder"] in told[0]


def as_nobody(program: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", program]
    try:
        return subprocess.run(
            command, cwd=ROOT, env=environment, user="nobody", extra_groups=[], capture_output=True, text=True
        )
    except PermissionError:
        pytest.skip("an ordinary user cannot enter this environment")


@pytest.mark.skipif(os.geteuid() != 0, reason="without root the other tests show it")
def test_the_lab_starts_for_an_ordinary_user() -> None:
    program = "from lab.staging import Lab\nwith Lab.up() as lab: print(lab.target.url)"
    done = as_nobody(program)
    assert done.stdout.startswith("http://127.0.0.1:"), done.stderr
