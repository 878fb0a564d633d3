"""What a scenario sends is recorded whatever it says of it, and nothing of it is touched: a row for each request."""

from __future__ import annotations

import statistics
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.integration.scenarios.locustfiles.any_path import STREAM_S
from tests.integration.scenarios.locustfiles.conftest import LOCUSTFILES, Driven, driving, read_table


def counted(driven: Driven, name: str) -> float:
    """What the recorder last said of itself."""
    (path,) = driven.run.folder.glob("readings-generator-*.arrow")
    return float([row["value"] for row in read_table(path) if row["metric"] == f"generator.{name}"][-1])


def all_recorded(driven: Driven) -> None:
    """Nothing was lost on the way from Locust to the run folder."""
    assert counted(driven, "lost") == 0, driven.seconds[-1]
    assert len(driven.rows()) == counted(driven, "requests")


def test_a_tenant_may_be_any_text_or_number(any_path: str, tmp_path: Path) -> None:
    with driving(tmp_path, any_path, LOCUSTFILES / "tenants.py") as driven:
        driven.load.steer(users=16, spawn_rate=100)
        assert driven.listen(lambda: driven.users == 16 and driven.requests > 60), driven.log()
    all_recorded(driven)
    tenants: dict[str, set[Any]] = {}
    for row in driven.rows():
        tenants.setdefault(row["endpoint"].removeprefix("GET /"), set()).add(row["tenant"])
    assert tenants == {
        "uuid": {"7d9c2b5e-3f57-4b39-9d7e-0a2f7f8c1b11"},
        "uuid-text": {"7d9c2b5e-3f57-4b39-9d7e-0a2f7f8c1b12"},
        "snowflake": {"7251399114874880000"},
        "beyond-64-bits": {"1208925819614629174706176"},
        "negative": {"-1"},
        "slug": {"acme-corp"},
        "empty": {""},
        "unicode": {"Łódź-東京-🚀"},
        "surrogate": {"half ?"},
        "float": {"17.5"},
        "nan": {"nan"},
        "none": {None},
        "bytes": {"raw"},
        "list": {"[1, 2]"},
        "unprintable": {None},  # it costs the tenant's name and never the row
        "long": {"x" * 200},
    }


def test_streams_are_left_to_their_readers(any_path: str, tmp_path: Path) -> None:
    with driving(tmp_path, any_path, LOCUSTFILES / "streams.py") as driven:
        driven.load.steer(users=8, spawn_rate=100)
        assert driven.listen(lambda: driven.users == 8), driven.log()
        driven.listen(lambda: False, 2.5)
    all_recorded(driven)
    assert driven.notes("exception") == []
    rows = driven.rows()
    seen = Counter(row["endpoint"].partition(" ")[2] for row in rows)
    assert seen.keys() == {
        "requests", "requests first", "requests all 5", "checked", "checked first", "hooked", "hooked data: 0",
        "download", 'download {"path": "/file"}', "endless", "fast", "fast first", "fast all 5", "fast raw",
        "fast raw first", "fast endless",
    }  # fmt: skip
    assert seen["endless"] > 2
    # Locust's own `iter_lines` of FastHttpUser hands lines on in blocks of 1024 bytes.
    for name in ("requests first", "checked first", "fast raw first"):
        waited = statistics.median(r["latency_ms"] for r in rows if r["endpoint"] == f"SSE {name}")
        assert waited < 0.5 * STREAM_S * 1000, (name, waited)
    streamed = {r["endpoint"] for r in rows if r["digest"] is not None}
    assert streamed <= {"GET hooked"}, streamed


def test_events_of_any_client_are_recorded(any_path: str, tmp_path: Path) -> None:
    with driving(tmp_path, any_path, LOCUSTFILES / "protocols.py") as driven:
        assert driven.listen(lambda: any(row["requests"] for row in driven.seconds[:-1])), driven.log()
    all_recorded(driven)
    rows = {row["endpoint"]: row for row in driven.rows()}
    sent = {
        "call", "message", "half", "bytes", "word", "dictionary", "none", "absent", "negative", "no time", "no number",
        "endless", "word as time", "timedelta", "word as length", "negative length", "huge length", "no length",
        "textless", "empty exception", "exception as word", "cancelled", "context", "half ? a sign", "None", "ping",
    }  # fmt: skip
    assert {f"MQTT {name}" for name in sent} <= rows.keys()
    failed = {name for name, row in rows.items() if row["outcome"] != "ok"}
    assert failed == {
        "MQTT textless", "MQTT empty exception", "MQTT exception as word", "MQTT cancelled", "gRPC measured",
    }  # fmt: skip
    assert all(row["latency_ms"] >= 0 for row in rows.values())
    assert rows["MQTT word as time"]["latency_ms"] == pytest.approx(12.5)
    assert rows["MQTT timedelta"]["latency_ms"] == 12
