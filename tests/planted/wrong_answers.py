"""A recorded run of two loads with quick answers, of which one may be wrong."""

from __future__ import annotations

from pathlib import Path

from rampart.model import Stage
from rampart.runs import Run
from rampart.tables import REQUESTS
from scenarios.generator.table_writer import TableWriter

ABOUT = {"target": {"name": "planted", "objectives": [{"name": "latency", "said": "p95 < 500ms"}]}}


def record(folder: Path, wrong: str | None) -> Run:
    """15 users, then 30; one answer at the higher load has the outcome `wrong`."""
    run, _ = Run.create(folder, "wrong", ABOUT)
    writer = TableWriter(run.folder / "requests-1.arrow", REQUESTS, seconds=1e9)
    for index, users in enumerate((15, 30)):
        stage = Stage(index, 100, users, "coarse", 20.0 * index, 20.0 * index, 20.0 * index + 10)
        run.add_stage(stage)
        for n in range(users * 9):
            at = stage.started_at + n / users
            found = wrong if wrong and users == 30 and n == 50 else "ok"
            row = {"due": at, "start": at, "latency_ms": 5.0, "endpoint": "GET /projects/{id}", "tenant": "7"}
            row |= {"outcome": found, "status": 200, "bytes": 100}
            writer.append([row.get(name) for name in REQUESTS.names])
    writer.close()
    return run
