"""pg_stat_statements in a schema of its own: of any name, and with or without the rights to look at it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from probes._probe import Unavailable
from probes.statements import PROBE
from tests.integration.conftest import Cluster, Database
from tests.integration.probes.remedies import take
from tests.integration.probes.test_probe_statements import work


def move(database: Database, schema: str) -> str:
    """The extension into a new schema; the schema as SQL names it."""
    quoted = '"' + schema.replace('"', '""') + '"'
    with database.connect() as superuser:
        superuser.execute(f"CREATE SCHEMA {quoted}".encode())
        superuser.execute(f"ALTER EXTENSION pg_stat_statements SET SCHEMA {quoted}".encode())
        superuser.execute(f"ALTER DATABASE {database.name} SET search_path = public, {quoted}".encode())
    return quoted


SCHEMAS = ["ext", "Ext Tools", "100%", "%s %(a)s", '50 % "off" {0}', "données"]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_schema_without_usage_is_a_gap_with_its_grant(
    watch: Callable[..., Any], database: Database, schema: str
) -> None:
    move(database, schema)
    with pytest.raises(Unavailable) as refused:
        watch(PROBE, postgres=database.conninfo("watcher"))
    gap = refused.value.gap
    assert gap.code == "PG-PGSSPRIV"
    assert set(gap.lost) == {"missing-index", "n-plus-one", "slow-query"}
    assert "GRANT USAGE ON SCHEMA" in gap.remedy
    take(gap.remedy, database.cluster, database.name)
    probe = watch(PROBE, postgres=database.conninfo("watcher"))
    probe.read()
    statement = work_as_superuser(database)
    assert probe.read()("db.statement.calls", statement=statement) == 3
    assert probe.facts()["statements"][statement]["text"] == "SELECT id, note FROM items WHERE tenant = $1"


def work_as_superuser(database: Database) -> str:
    with database.connect("shop") as application:
        for tenant in range(3):
            application.execute("SELECT id, note FROM items WHERE tenant = %s", [tenant])
    with database.connect() as superuser:
        (row,) = superuser.execute(
            "SELECT queryid::text FROM pg_stat_statements WHERE query LIKE 'SELECT id, note FROM items%'"
            " AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    return str(row[0])


@pytest.mark.parametrize(
    "hidden",
    [
        "EXECUTE ON FUNCTION pg_stat_statements(boolean)",
        "SELECT ON pg_stat_statements_info",
        "EXECUTE ON FUNCTION pg_stat_statements_info()",
    ],
)
def test_each_right_that_is_taken_away_is_named(watch: Callable[..., Any], database: Database, hidden: str) -> None:
    with database.connect() as superuser:
        superuser.execute(f"REVOKE {hidden} FROM PUBLIC".encode())
        if hidden.startswith("SELECT"):
            superuser.execute(f"REVOKE {hidden} FROM pg_monitor, pg_read_all_stats".encode())
    with pytest.raises(Unavailable) as refused:
        watch(PROBE, postgres=database.conninfo("watcher"))
    assert refused.value.gap.remedy.count("GRANT") == 1
    take(refused.value.gap.remedy, database.cluster, database.name)
    watch(PROBE, postgres=database.conninfo("watcher")).read()


def test_a_role_whose_name_needs_quotes_gets_a_grant_that_works(watch: Callable[..., Any], postgres: Cluster) -> None:
    with postgres.connect() as superuser:
        superuser.execute('CREATE ROLE "odd ""role%" LOGIN')
        conninfo = psycopg.conninfo.make_conninfo(postgres.conninfo("pattern"), user='odd "role%')
        with pytest.raises(Unavailable) as refused:
            watch(PROBE, postgres=conninfo)
        assert refused.value.gap.code == "PG-PRIV"
        take(refused.value.gap.remedy, postgres, "pattern")
        watch(PROBE, postgres=conninfo).read()
        superuser.execute('DROP OWNED BY "odd ""role%"; DROP ROLE "odd ""role%"')


@pytest.mark.parametrize(
    ("statement", "grant"),
    [
        ("SELECT note FROM items WHERE tenant = %s", "pg_read_all_data"),
        ("SELECT note FROM items WHERE tenant = %s FOR UPDATE", "pg_write_all_data"),
    ],
)
def test_the_grant_for_plans_gives_plans(
    watch: Callable[..., Any], database: Database, statement: str, grant: str
) -> None:
    role = "watcher" if grant == "pg_read_all_data" else "reader"
    probe = watch(PROBE, postgres=database.conninfo(role))
    probe.read()
    with database.connect("shop") as application:
        application.execute(statement.encode(), [3])
    probe.read()
    gap = probe.facts()["gaps"]["PG-NOPLAN"]
    assert grant in gap["remedy"]
    try:
        take(gap["remedy"], database.cluster, database.name)
        facts = probe.facts()
        assert "PG-NOPLAN" not in facts["gaps"]
        assert any(entry["plan"] for entry in facts["statements"].values())
    finally:
        with database.connect() as superuser:
            superuser.execute(f"REVOKE {grant} FROM {role}".encode())


def test_without_the_extension_what_is_missing_is_named_alone(watch: Callable[..., Any], database: Database) -> None:
    with database.connect() as superuser:
        superuser.execute("DROP EXTENSION pg_stat_statements")
    with pytest.raises(Unavailable) as refused:
        watch(PROBE, postgres=database.conninfo("watcher"))
    assert refused.value.gap.remedy == "CREATE EXTENSION pg_stat_statements;"  # the library is loaded
    take(refused.value.gap.remedy, database.cluster, database.name)
    watch(PROBE, postgres=database.conninfo("watcher")).read()
    work(database, 1)
