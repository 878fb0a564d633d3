"""Texts in any encoding: no byte that an application wrote anywhere fails a read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from probes.locks import PROBE as LOCKS
from probes.sessions import PROBE as SESSIONS
from probes.statements import PROBE
from probes.tables import PROBE as TABLES
from tests.integration.conftest import Cluster, start_postgres, stop
from tests.integration.probes.remedies import take

ENCODINGS = ("SQL_ASCII", "LATIN1", "UTF8", "EUC_JP")
PARTS = "SELECT id FROM parts"


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """One whose statements nobody else reads: a text here can fail the reading of all."""
    folder = Path(tempfile.mkdtemp(prefix="rampart-test-"))
    folder.chmod(0o755)
    cluster = start_postgres(folder)
    with cluster.connect() as superuser:
        superuser.execute("CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher; CREATE EXTENSION pg_stat_statements")
        for encoding in ENCODINGS:
            superuser.execute(f"CREATE DATABASE {encoding} ENCODING '{encoding}' TEMPLATE template0".encode())
    for encoding in ENCODINGS:
        with cluster.connect(encoding.lower()) as superuser:
            superuser.execute("CREATE EXTENSION pg_stat_statements; CREATE TABLE parts (id int PRIMARY KEY)")
    yield cluster
    stop(cluster.process)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(server: Cluster) -> Cluster:
    with server.connect() as superuser:
        superuser.execute("SELECT pg_stat_statements_reset()")
    return server


def application(cluster: Cluster, encoding: str) -> psycopg.Connection[Any]:
    """A connection that sends bytes as they are."""
    info = cluster.conninfo(encoding.lower())
    return psycopg.connect(info, autocommit=True, client_encoding=encoding, application_name="app")


def texts(probe: Any) -> set[str]:
    return {entry["text"] for entry in probe.facts()["statements"].values()}


@pytest.mark.parametrize(
    ("encoding", "statement", "shown"),
    [
        ("SQL_ASCII", b"SELECT count(*) AS pi\xe8ces FROM parts", "SELECT count(*) AS pi\N{REPLACEMENT CHARACTER}ces"),
        ("SQL_ASCII", b'SELECT count(*) AS "' + "é".encode() * 31 + b'" FROM parts', "SELECT count(*) AS"),
        ("LATIN1", b"SELECT count(*) AS pi\xe8ces FROM parts", "SELECT count(*) AS pièces"),
        ("UTF8", "SELECT count(*) AS 部品 FROM parts".encode(), "SELECT count(*) AS 部品"),
        ("EUC_JP", "SELECT count(*) AS 部品 FROM parts".encode("euc_jp"), "SELECT count(*) AS 部品"),
    ],
)
@pytest.mark.parametrize("role", ["postgres", "watcher"])
def test_any_bytes_in_a_statement(
    watch: Callable[..., Any], cluster: Cluster, encoding: str, statement: bytes, shown: str, role: str
) -> None:
    probe = watch(PROBE, postgres=cluster.conninfo(encoding.lower(), role))
    probe.read()
    with application(cluster, encoding) as app:
        for _ in range(20):
            app.execute(statement)
            app.execute(PARTS.encode())
    assert probe.read()("db.statement.calls") == 40
    found = texts(probe)
    assert PARTS in found
    assert any(text.startswith(shown) for text in found)
    assert "PG-PGSSTEXT" not in probe.facts()["gaps"]


def test_a_text_that_is_cut_within_a_character(watch: Callable[..., Any], cluster: Cluster) -> None:
    probe = watch(PROBE, postgres=cluster.conninfo("sql_ascii"))
    probe.read()
    with application(cluster, "SQL_ASCII") as app:
        for shift in range(2):  # the probe learns the kind of a statement from its first 400 bytes
            app.execute(b"SELECT count(*)" + b" + 0" * shift + "/* é */".encode() * 100 + b" FROM parts")
        app.execute(b"BEGIN")
        app.execute(b"COMMIT")
    assert probe.read()("db.statement.calls") == 2


@pytest.mark.parametrize(
    ("ours", "theirs", "statement"),
    [
        ("UTF8", "SQL_ASCII", b"SELECT /* pi\xe8ces */ 1"),
        ("LATIN1", "UTF8", "SELECT /* 部品 */ 1".encode()),
        ("EUC_JP", "UTF8", "SELECT /* pièces ∑ 🙂 */ 1".encode()),
    ],
)
def test_a_text_of_another_database_costs_the_texts_and_not_the_counts(
    watch: Callable[..., Any], cluster: Cluster, ours: str, theirs: str, statement: bytes
) -> None:
    with application(cluster, theirs) as neighbour:
        neighbour.execute(statement)
    probe = watch(PROBE, postgres=cluster.conninfo(ours.lower(), "watcher"))
    probe.read()
    with application(cluster, ours) as app:
        app.execute(PARTS.encode())
    assert probe.read()("db.statement.calls") >= 1
    gap = probe.facts()["gaps"]["PG-PGSSTEXT"]
    assert theirs.lower() in gap["reason"]
    assert set(gap["lost"]) == {"missing-index", "n-plus-one", "slow-query"}
    take(gap["remedy"], cluster, ours.lower())
    facts = probe.facts()
    assert "PG-PGSSTEXT" not in facts["gaps"]
    assert PARTS in texts(probe)


def test_names_and_refusals_that_are_no_text(watch: Callable[..., Any], cluster: Cluster) -> None:
    info = cluster.conninfo("sql_ascii", "watcher")
    with application(cluster, "SQL_ASCII") as app:
        app.execute(b"CREATE TABLE pi\xe8ces (num\xe9ro int PRIMARY KEY)")
        app.execute(b"INSERT INTO pi\xe8ces VALUES (1)")
        app.execute(b"CREATE SCHEMA outils\xe9")
        app.execute(b"ALTER EXTENSION pg_stat_statements SET SCHEMA outils\xe9")
        app.execute(b"GRANT USAGE ON SCHEMA outils\xe9 TO watcher")
    statements, tables = watch(PROBE, postgres=info), watch(TABLES, postgres=info)
    sessions, locks = watch(SESSIONS, postgres=info), watch(LOCKS, postgres=info)
    statements.read()
    with application(cluster, "SQL_ASCII") as app:
        app.execute(b"SELECT num\xe9ro FROM pi\xe8ces")
        for probe in (statements, sessions, locks):
            probe.read()
        name = "public.pi\N{REPLACEMENT CHARACTER}ces"
        assert tables.read()("db.table.live_rows", table=name) >= 0
    assert name in tables.facts()["tables"]
    assert "pi\N{REPLACEMENT CHARACTER}ces" in str(texts(statements))
