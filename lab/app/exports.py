"""GET /export: a tenant's tasks, to take away."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from lab.app import chart, queries
from lab.app.database import Database, Row
from lab.app.page import Parts, page
from lab.app.spans import span
from lab.app.tokens import Identity


@page
async def export(_: Request, mine: Parts, who: Identity) -> Response:
    """GET /export: the newest 1,000 tasks as CSV, each line with its tenant."""
    make = {"newest": _newest, "charted": _charted}[mine.settings.export_content]
    return await make(mine.relaxed, who.tenant)


async def _newest(database: Database, tenant: int) -> Response:
    rows = await database.fetch(queries.EXPORT, (tenant,))
    with span("render"):
        text = _csv(rows)
    disposition = {"Content-Disposition": 'attachment; filename="tasks.csv"'}
    return Response(text, media_type="text/csv", headers=disposition)


async def _charted(database: Database, tenant: int) -> Response:
    rows = await database.fetch(queries.EXPORT, (tenant,))
    with span("render"):
        report = await anyio.to_thread.run_sync(_report, rows)
    disposition = {"Content-Disposition": 'attachment; filename="tasks.zip"'}
    return Response(report, media_type="application/zip", headers=disposition)


def _report(rows: Sequence[Row]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as folder:
        folder.writestr("tasks.csv", _csv(rows))
        for column in ("created_at", "due_on", "completed_at"):
            folder.writestr(f"{column}.png", chart.drawn(rows, column, date.today()))
    return file.getvalue()


def _csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    names = ["tenant", "id", "title", "status", "priority", "created_at", "due_on", "completed_at", "project"]
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
