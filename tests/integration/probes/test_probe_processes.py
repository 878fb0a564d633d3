"""Processor time of real processes: Postgres whose sessions end, a worker that is replaced, a port, a command line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from probes._probe import Unavailable
from probes.host import PROBE as HOST
from probes.processes import PROBE
from rampart.config import ProcessMatch
from tests.integration.conftest import Database, await_true, free_port, spawn, stop

BUSY = "SELECT count(*) FROM generate_series(1, 4000000)"
SPIN = (
    "import sys, time\nwhile time.process_time() < float(sys.argv[1]): pass\nprint('spun', flush=True)\ntime.sleep(60)"
)


def resolved(probe: Any) -> Any:
    """A round that looks for processes anew, as the probe does every few seconds."""
    probe.reader.resolve()
    return probe.read()


def test_a_busy_query_is_the_databases_and_outlives_its_session(watch: Callable[..., Any], database: Database) -> None:
    probe = watch(PROBE, processes=(ProcessMatch("db", pid=database.cluster.process.pid),))
    before = probe.read()("role.cpu_s", role="db")
    with database.connect("shop") as connection:
        backend = psutil.Process(connection.info.backend_pid)
        resolved(probe)
        connection.execute(BUSY)
        used = backend.cpu_times()
        busy = probe.read()
    grown = busy("role.cpu_s", role="db") - before
    assert grown >= used.user + used.system > 0.1
    assert busy("process.cpu_s", pid=str(backend.pid)) >= used.user + used.system
    await_true(lambda: not backend.is_running())
    ended = resolved(probe)
    assert ended("role.cpu_s", role="db") - before >= grown
    assert not ended.all("process.cpu_s", pid=str(backend.pid))
    assert ended("role.cpu_s", role="db") - before < 2 * grown + 0.3  # and it is not counted twice


def test_sessions_that_come_and_go_between_two_looks_are_counted(watch: Callable[..., Any], database: Database) -> None:
    probe = watch(PROBE, processes=(ProcessMatch("db", pid=database.cluster.process.pid),))
    before = probe.read()("role.cpu_s", role="db")
    with database.connect("shop") as connection:
        connection.execute(BUSY)
        used = psutil.Process(connection.info.backend_pid).cpu_times()
    nearly = 1e-9  # sums of hundredths, which floating point has not exactly: short of it by 6e-16 in 3 of 40 tries
    await_true(lambda: probe.read()("role.cpu_s", role="db") - before >= used.user + used.system - nearly, 5)


def test_a_worker_that_is_replaced_keeps_what_it_used(watch: Callable[..., Any], tmp_path: Path) -> None:
    mark = f"spinner-{os.getpid()}"
    log = tmp_path / "spin.log"

    def start() -> subprocess.Popen[bytes]:
        return spawn([sys.executable, "-c", SPIN, "0.3", mark], log)

    probe = watch(PROBE, processes=(ProcessMatch("worker", command=mark),))
    assert resolved(probe)("role.cpu_s", role="worker") == 0
    for number in (1, 2):
        worker = start()
        await_true(lambda count=number: log.read_text().count("spun") == count)  # type: ignore[misc]
        assert resolved(probe)("role.cpu_s", role="worker") >= number * 0.28
        worker.kill()
        worker.wait()
        assert resolved(probe)("role.cpu_s", role="worker") >= number * 0.28
    assert probe.read()("role.cpu_s", role="worker") < 2 * 0.3 + 0.5


def test_a_listening_port_names_its_processes(watch: Callable[..., Any], tmp_path: Path) -> None:
    port = free_port()
    server = spawn([sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"], tmp_path / "server.log")
    try:
        probe = watch(PROBE, processes=(ProcessMatch("app", port=port),))
        await_true(lambda: bool(resolved(probe).all("process.cpu_s", pid=str(server.pid))))
        memory = psutil.Process(server.pid).memory_info().rss
        assert probe.read()("role.rss_bytes", role="app") == pytest.approx(memory, rel=0.2)
    finally:
        server.kill()
        server.wait()


def test_shared_pages_are_counted_once_and_sessions_are_no_scaling(
    watch: Callable[..., Any], database: Database
) -> None:
    probe = watch(PROBE, processes=(ProcessMatch("db", pid=database.cluster.process.pid),))
    few = resolved(probe)
    connections = [database.connect("shop") for _ in range(5)]
    many = resolved(probe)
    postmaster = psutil.Process(database.cluster.process.pid)
    summed = sum(one.memory_info().rss for one in (postmaster, *postmaster.children(recursive=True)))
    for connection in connections:
        connection.close()
    assert len(many.all("process.cpu_s")) >= len(few.all("process.cpu_s")) + 5
    assert many("role.processes", role="db") == few("role.processes", role="db") <= 1
    assert 0 < many("role.rss_bytes", role="db") < 0.8 * summed


def test_children_of_ours_play_no_role_by_way_of_us(watch: Callable[..., Any], database: Database) -> None:
    probe = watch(PROBE, processes=(ProcessMatch("outside", pid=os.getpid()),))
    now = probe.read()
    assert {reading.labels["pid"] for reading in now.all("process.cpu_s")} == {str(os.getpid())}


def test_processes_that_are_not_here_are_a_gap(watch: Callable[..., Any]) -> None:
    with pytest.raises(Unavailable) as refused:
        watch(PROBE)
    assert refused.value.gap.code == "HOST-NONE"
    probe = watch(PROBE, processes=(ProcessMatch("app", port=free_port()), ProcessMatch("db", pid=os.getpid())))
    assert probe.read()("role.processes", role="app") == 0
    gap = probe.facts()["gaps"]["HOST-NONE"]
    assert "no process here plays app" in gap["reason"]
    assert "app-cpu" in gap["lost"] and "db-cpu" not in gap["lost"]  # the other role is seen


def test_the_host_was_as_busy_as_what_we_did(watch: Callable[..., Any]) -> None:
    host = watch(HOST)
    before, began, used = host.read(), time.perf_counter(), time.process_time()
    while time.perf_counter() - began < 0.4:
        pass
    used = time.process_time() - used
    after, wall = host.read(), time.perf_counter() - began
    busy = after("host.cpu_busy_s") - before("host.cpu_busy_s")
    assert used - 0.05 < busy <= wall * (os.cpu_count() or 1) + 0.1
    assert 0 < after("host.memory_available_bytes") < psutil.virtual_memory().total
    assert bool(after.all("host.cpu_pressure_s")) == Path("/proc/pressure/cpu").exists()


# Keeps a connection to each port that it is told, and listens itself on the first.
WORKS = """
import socket, sys
served = socket.create_server(("127.0.0.1", int(sys.argv[1])))
kept = [socket.create_connection(("127.0.0.1", int(port))) for port in sys.argv[2:]]
print("works", flush=True)
accepted = [served.accept() for _ in range(9)]
"""


def test_what_works_with_the_target_is_no_stranger_and_what_does_not_is_one(
    watch: Callable[..., Any], database: Database, tmp_path: Path
) -> None:
    ports = {name: free_port() for name in ("service", "app", "worker", "stranger", "strange service")}
    database_port = database.cluster.port
    talks_to: dict[str, list[int]] = {
        "service": [], "app": [ports["service"]], "worker": [database_port], "strange service": [],
        "stranger": [ports["strange service"]],
    }  # fmt: skip
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for number, (name, others) in enumerate(talks_to.items()):
            command = [sys.executable, "-c", WORKS, str(ports[name]), *map(str, others)]
            started[name] = spawn(command, tmp_path / "log")
            await_true(lambda count=number + 1: (tmp_path / "log").read_text().count("works") == count)  # type: ignore[misc]
        named = (ProcessMatch("db", pid=database.cluster.process.pid), ProcessMatch("app", port=ports["app"]))
        probe = watch(PROBE, processes=named)
        seen = {int(r.labels["pid"]) for r in probe.read().all("process.cpu_s", role="neighbour")}
        # Other tests may have left something that talks to this database: a neighbour too, and none of these.
        assert {name for name, process in started.items() if process.pid in seen} == {"service", "worker"}
    finally:
        for process in started.values():
            stop(process)


WRITER = """
import os, sys
file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
for line in sys.stdin:
    os.write(file, b"x" * 8_000_000)
    os.fsync(file)
    print("written", flush=True)
"""


def test_what_a_role_writes_to_disks_is_counted_and_the_disks_tell_how_long_it_took(
    watch: Callable[..., Any], tmp_path: Path
) -> None:
    if os.major(tmp_path.stat().st_dev) == 0:
        pytest.skip("the temporary folder lies on no disk")
    command = [sys.executable, "-c", WRITER, str(tmp_path / "file")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    try:
        probe, host = watch(PROBE, processes=(ProcessMatch("app", pid=process.pid),)), watch(HOST)
        before, disks = probe.read()("role.disk_bytes", role="app"), host.read()
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"written\n"
        after = host.read()
        assert probe.read()("role.disk_bytes", role="app") - before >= 8_000_000
        if disks.all("disk.operations"):  # a container may see none
            assert after("disk.operations") > disks("disk.operations")
            assert after("disk.operation_ms") >= disks("disk.operation_ms")
    finally:
        stop(process)
