"""Statements that are not recorded, for any reason: the probe says so, and its advice, once taken, helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from probes._probe import Unavailable
from probes.sessions import PROBE as SESSIONS
from probes.statements import PROBE
from probes.tables import PROBE as TABLES
from tests.integration.conftest import Cluster, Database, await_true, start_postgres, stop
from tests.integration.probes.remedies import setting, take

TRACK = "pg_stat_statements.track"


def ask(database: Database, sql: str = "SELECT note FROM items WHERE tenant = 7", user: str = "shop") -> None:
    with database.connect(user) as application:
        for _ in range(3):
            application.execute(sql.encode())
    database.settle()


def gaps(probe: Any) -> dict[str, Any]:
    found: dict[str, Any] = probe.facts()["gaps"]
    return found


@pytest.mark.parametrize(
    ("scope", "name", "value"),
    [
        ("SYSTEM", TRACK, "none"),
        ("DATABASE {0}", TRACK, "none"),
        ("SYSTEM", "compute_query_id", "off"),
        ("DATABASE {0}", "compute_query_id", "off"),
    ],
)
def test_recording_that_is_switched_off_is_a_gap(
    watch: Callable[..., Any], database: Database, scope: str, name: str, value: str
) -> None:
    refusals: list[Unavailable] = []

    def refused() -> bool:
        try:
            watch(PROBE, postgres=database.conninfo("watcher"))
        except Unavailable as unavailable:
            refusals.append(unavailable)
        return bool(refusals)

    with setting(database, scope.format(database.name), name, value):
        await_true(refused)  # the server reads its settings again in its own time
        gap = refusals[0].gap
        assert gap.code == "PG-PGSSOFF"
        assert f"{name} is {value}" in gap.reason
        assert set(gap.lost) == {"missing-index", "n-plus-one", "slow-query"}
        take(gap.remedy, database.cluster, database.name)
        await_true(lambda: not switched_off(watch, database))
        probe = watch(PROBE, postgres=database.conninfo("watcher"))
        probe.read()
        ask(database)
        assert probe.read()("db.statement.calls") >= 3


def switched_off(watch: Callable[..., Any], database: Database) -> bool:
    try:
        watch(PROBE, postgres=database.conninfo("watcher"))
    except Unavailable:
        return True
    return False


def test_a_role_that_is_not_recorded_is_named(watch: Callable[..., Any], database: Database) -> None:
    with setting(database, "ROLE shop", TRACK, "none"):
        probe = watch(PROBE, postgres=database.conninfo("watcher"))
        probe.read()
        ask(database)
        probe.read()
        found = gaps(probe)
        assert "shop" in found["PG-PGSSOFF"]["reason"]
        assert "no statement was recorded" in found["PG-PGSSNONE"]["reason"]
        take(found["PG-PGSSOFF"]["remedy"], database.cluster, database.name)
        assert "PG-PGSSOFF" not in gaps(probe)


def test_a_session_that_switches_itself_off_is_noticed_by_its_scans(
    watch: Callable[..., Any], database: Database
) -> None:
    probe = watch(PROBE, postgres=database.conninfo("watcher"))
    probe.read()
    with database.connect() as application:
        application.execute(f"SET {TRACK} = 'none'".encode())
        application.execute("SELECT count(*) FROM items")
        application.execute("SELECT pg_stat_force_next_flush()")
        application.execute("SELECT 1")
        probe.read()
        assert gaps(probe)["PG-PGSSNONE"]["lost"] == ["missing-index", "n-plus-one", "slow-query"]


def test_what_is_recorded_leaves_no_gap(watch: Callable[..., Any], database: Database) -> None:
    with setting(database, "ROLE reader", TRACK, "none"):  # our own role: nobody's loss
        probe = watch(PROBE, postgres=database.conninfo("reader"))
        probe.read()
        ask(database)
        probe.read()
        assert gaps(probe) == {}


def test_statements_within_functions_and_triggers_are_pointed_at(watch: Callable[..., Any], database: Database) -> None:
    body = "LANGUAGE plpgsql AS $$ BEGIN PERFORM count(*) FROM items WHERE tenant = 3; RETURN {0}; END $$"
    with database.connect("shop") as owner:
        owner.execute(f"CREATE FUNCTION totals() RETURNS int {body.format(1)}".encode())
        owner.execute(f"CREATE FUNCTION audit() RETURNS trigger {body.format('NEW')}".encode())
        owner.execute("CREATE TRIGGER audited BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION audit()")
    probe = watch(PROBE, postgres=database.conninfo("reader"))
    probe.read()
    ask(database)
    probe.read()
    assert "PG-PGSSNESTED" not in gaps(probe)
    ask(database, "SELECT totals()")
    ask(database, "UPDATE items SET note = 'x' WHERE id = 1")
    probe.read()
    gap = gaps(probe)["PG-PGSSNESTED"]
    assert gap["reason"].endswith("public.audit, public.totals")
    track, show = gap["remedy"].split(" Then, after load: ")
    with setting(database, "SYSTEM", TRACK, "top"):
        take(track, database.cluster, database.name)
        ask(database, "SELECT totals()")
        with database.connect() as superuser:
            assert any("count(*) FROM items" in str(row[-1]) for row in superuser.execute(show.encode()))


@pytest.mark.parametrize("scope", ["DATABASE {0}", "ROLE shop"])
def test_tables_that_are_not_counted_are_a_gap(watch: Callable[..., Any], database: Database, scope: str) -> None:
    with setting(database, scope.format(database.name), "track_counts", "off"):
        probe = watch(TABLES, postgres=database.conninfo())
        gap = gaps(probe)["PG-NOCOUNTS"]
        assert {"missing-index", "stale-statistics"} <= set(gap["lost"])
        take(gap["remedy"], database.cluster, database.name)
        before = probe.read()
        ask(database)
        assert probe.read()("db.table.seq_scans") - before("db.table.seq_scans") >= 3
        assert "PG-NOCOUNTS" not in gaps(watch(TABLES, postgres=database.conninfo()))


@pytest.mark.parametrize("scope", ["DATABASE {0}", "ROLE shop"])
def test_sessions_that_do_not_say_what_they_do(watch: Callable[..., Any], database: Database, scope: str) -> None:
    with setting(database, scope.format(database.name), "track_activities", "off"):
        if scope.startswith("ROLE"):
            probe = watch(SESSIONS, postgres=database.conninfo("watcher"))
            with database.connect("shop"):
                now = probe.read()
            assert now("db.sessions", state="disabled") == 1
            assert not now.all("db.active")
            remedy = gaps(probe)["PG-NOACT"]["remedy"]
        else:
            with pytest.raises(Unavailable) as refused:
                watch(SESSIONS, postgres=database.conninfo("watcher"))
            remedy = refused.value.gap.remedy
        take(remedy, database.cluster, database.name)
        probe = watch(SESSIONS, postgres=database.conninfo("watcher"))
        with database.connect("shop"):
            assert probe.read()("db.sessions", state="idle") == 2  # and the one that set it
        assert "PG-NOACT" not in gaps(probe)


def test_a_record_that_was_reset_is_no_eviction(watch: Callable[..., Any], database: Database) -> None:
    probe = watch(PROBE, postgres=database.conninfo("watcher"))
    probe.read()
    with database.connect() as superuser:
        superuser.execute("SELECT pg_stat_statements_reset()")
    assert "PG-PGSSRESET" in gaps(probe)
    assert "PG-PGSSEVICT" not in gaps(probe)


@pytest.fixture
def small(roomy: Path) -> Iterator[Cluster]:
    settings = {"pg_stat_statements.max": "100", "pg_stat_statements.track_utility": "off"}
    cluster = start_postgres(roomy, **settings)
    with cluster.connect() as superuser:
        superuser.execute("CREATE EXTENSION pg_stat_statements")
    yield cluster
    stop(cluster.process)


def test_evictions_and_utility_statements(watch: Callable[..., Any], small: Cluster) -> None:
    probe = watch(PROBE, postgres=small.conninfo())
    probe.read()
    with small.connect() as application:
        for columns in range(1, 150):
            application.execute(f"SELECT {', '.join('1' * columns)}".encode())
    probe.read()
    found = gaps(probe)
    assert "a lower bound" in found["PG-PGSSEVICT"]["reason"]
    assert "pg_stat_statements.max" in found["PG-PGSSEVICT"]["remedy"]
    assert "CALL" in found["PG-PGSSUTIL"]["reason"]
    assert "command line" in found["PG-PGSSUTIL"]["remedy"]  # which no ALTER SYSTEM would change


def test_a_library_that_is_not_loaded(watch: Callable[..., Any], roomy: Path) -> None:
    cluster = start_postgres(roomy, shared_preload_libraries="")
    try:
        for created in (False, True):
            with pytest.raises(Unavailable) as refused:
                watch(PROBE, postgres=cluster.conninfo())
            gap = refused.value.gap
            assert gap.code == "PG-NOPGSS"
            assert "shared_preload_libraries" in gap.remedy
            assert ("CREATE EXTENSION" in gap.remedy) == (not created)
            with cluster.connect() as superuser:
                superuser.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    finally:
        stop(cluster.process)
