"""The doctor shows what each probe cannot see, also where the probe works, with the findings lost and the remedy."""

from __future__ import annotations

import pytest

from conductor.doctor import Check, _parts
from rampart.config import Target
from tests.integration.conftest import Database
from tests.integration.probes.remedies import take


def checks(database: Database, probe: str, role: str = "watcher") -> list[Check]:
    target = Target("x", "http://127.0.0.1:9", postgres=database.conninfo(role))
    return [check for check in _parts(target) if check.name == f"probe {probe}"]


@pytest.mark.parametrize(
    ("probe", "breaks", "lost"),
    [
        (
            "statements",
            "ALTER DATABASE {0} SET pg_stat_statements.track = 'none'",
            "missing-index, n-plus-one, slow-query",
        ),
        ("statements", "ALTER DATABASE {0} SET compute_query_id = off", "missing-index, n-plus-one, slow-query"),
        (
            "statements",
            "CREATE SCHEMA ext; ALTER EXTENSION pg_stat_statements SET SCHEMA ext",
            "missing-index, n-plus-one",
        ),
        ("tables", "ALTER DATABASE {0} SET track_counts = off", "missing-index, stale-statistics"),
        ("sessions", "ALTER DATABASE {0} SET track_activities = off", "lock-contention"),
        ("database", "ALTER DATABASE {0} SET track_io_timing = off", "track_io_timing is off"),
    ],
)
def test_what_is_hidden_is_told_until_the_advice_is_taken(
    database: Database, probe: str, breaks: str, lost: str
) -> None:
    assert [check.status for check in checks(database, probe)] == ["ok"]
    with database.connect() as superuser:
        superuser.execute(breaks.format(database.name).encode())
    (*_, warning) = checks(database, probe)
    assert warning.status == "warning"
    assert lost in warning.said
    take(warning.remedy, database.cluster, database.name)
    assert [check.status for check in checks(database, probe)] == ["ok"]
