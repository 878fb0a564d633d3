"""Decoys draw the eye: a table is read whole, a core is kept busy; and they belong to the target and end with it."""

from __future__ import annotations

import time

import psutil
import psycopg
import pytest

from lab import start_decoys
from lab.app.archive import pack
from lab.app.figures import counted
from lab.staging import Lab
from tests.integration.lab.conftest import Start

_SCANS = "SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname IN ('audit_events', 'invoice_lines')"


def scans(lab: Lab) -> int:
    with psycopg.connect(lab.target.postgres or "") as database:
        row = database.execute(_SCANS).fetchone()
    return int(row[0]) if row else 0


@pytest.mark.alone
def test_decoys_read_tables_whole_and_keep_a_core_busy_and_end_with_the_lab(start: Start) -> None:
    lab = start()
    before = scans(lab)
    start_decoys.begin(lab, ["table-scan", "busy-batch"])
    batch = [psutil.Process(one.pid) for one in lab.target.processes if one.role == "batch"]
    assert len(batch) == 2
    end = time.monotonic() + 20
    while scans(lab) < before + 2 and time.monotonic() < end:
        time.sleep(0.2)
    assert scans(lab) >= before + 2
    time.sleep(2)  # both have started
    niced = [process for process in batch if process.nice() == 19]
    assert len(niced) == 1
    began, used = time.monotonic(), sum(niced[0].cpu_times()[:2])
    time.sleep(5)
    share = (sum(niced[0].cpu_times()[:2]) - used) / (time.monotonic() - began)
    assert 0.1 < share < 0.45
    lab.down()
    assert psutil.wait_procs(batch, timeout=2)[1] == []


def test_what_decoys_do_is_work(healthy: Lab) -> None:
    assert all(counted(healthy.settings.database))
    events = [(n, 3, "task.created", f"task {n}", "2026-01-01") for n in range(500)]
    assert len(pack(events)) < 0.2 * len(str(events))
