"""What each row of a target file matches now is shown by the doctor, and a row that matches nothing is a warning."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import redis
from rq import Queue as RqQueue

from conductor.doctor import ask
from conductor.room import Recording
from rampart.config import LoadSettings, ProcessMatch, Queue, Target
from tests.integration.conductor.web import serving


def test_rows_are_shown_with_what_they_match(valkey: str, tmp_path: Path) -> None:
    url = valkey
    with redis.Redis.from_url(url) as connection:
        connection.rpush("letters", "a", "b", "c")
        RqQueue("mail", connection=connection).enqueue("builtins.print", "never")
    worker = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)  # a-worker-of-ours"]
    with subprocess.Popen(worker, stdout=subprocess.PIPE) as process, serving() as web:
        assert process.stdout is not None and process.stdout.readline() == b"up\n"
        target = Target(
            "shop", web.url, load=LoadSettings(scenario="none.py"),
            queues=(Queue("mail", "rq", url), Queue("letters", "list", url), Queue("lettres", "list", url)),
            processes=(
                ProcessMatch("worker", command="a-worker-of-ours"),
                ProcessMatch("cache", port=int(url.split(":")[2].split("/")[0])),
                ProcessMatch("neighbour", command="nothing-that-runs"),
            ),
        )  # fmt: skip
        asked = ask(target, Recording(tmp_path, 10, 60.0))
        checks = {(check.name, check.said.partition(":")[0]): check for check in asked}
        process.kill()
    rows = {
        name: (check.status, check.said) for (name, _), check in checks.items() if name.startswith(("proc", "queue"))
    }
    assert rows["process worker"][0] == "ok" and f": {process.pid} (" in rows["process worker"][1]
    assert rows["process cache"][0] == "ok" and "valkey" in rows["process cache"][1]
    assert rows["process neighbour"][0] == "warning" and "no process" in rows["process neighbour"][1]
    assert rows["queue mail (rq)"] == ("ok", "1 ready, 0 workers")
    assert rows["queue letters (list)"] == ("ok", "3 ready")
    assert rows["queue lettres (list)"][0] == "warning"
