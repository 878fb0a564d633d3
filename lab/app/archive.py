"""Packs the audit trail away, page by page: `python -m lab.app.archive`. It yields to whatever else wants to run."""

from __future__ import annotations

import json
import lzma
import os
import tempfile
import time
from collections.abc import Sequence
from typing import Any

import psycopg

from lab.app.settings import Settings

_PAGE = 500  # events
_PAGE_SQL = """SELECT id, tenant_id, action, subject, created_at::text FROM audit_events
               WHERE id > %s ORDER BY id LIMIT %s"""
_REST = 2.0  # times as long as it worked: a third of a core, and less of one that others need
_LEAST_REST_S, _EMPTY_REST_S = 0.05, 1.0


def pack(events: Sequence[Sequence[Any]]) -> bytes:
    """Events as lines of JSON, made as small as can be."""
    return lzma.compress("\n".join(map(json.dumps, events)).encode(), preset=9 | lzma.PRESET_EXTREME)


def page(database: str, after: int) -> list[tuple[Any, ...]]:
    """The next events by their key; none where the trail ends, or the database cannot be asked now."""
    try:
        with psycopg.connect(database, autocommit=True, application_name="archive") as connection:
            return connection.execute(_PAGE_SQL, (after, _PAGE)).fetchall()
    except psycopg.Error:
        return []


if __name__ == "__main__":
    settings, last = Settings.read(os.environ), 0
    os.nice(19)
    with tempfile.TemporaryFile() as archive:
        while True:
            began = time.monotonic()
            events = page(settings.database, last)
            archive.write(pack(events))
            last = events[-1][0] if events else 0  # from the beginning again, for what came in with old dates
            time.sleep(max(_REST * (time.monotonic() - began), _LEAST_REST_S if events else _EMPTY_REST_S))
