"""What a real server writes into its plans and index definitions is parsed, and the index that is asked for is used."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.record.plans import Scan, scans
from analysis.record.sql_equalities import equality_columns, index_columns
from tests.integration.conftest import Database

SCHEMA = """
CREATE TABLE people (id int PRIMARY KEY, team_id int, email varchar(80), "Kind" text, name text);
CREATE TABLE teams (id int PRIMARY KEY, title text);
INSERT INTO people SELECT n, n % 500, 'p' || n, (n % 1000)::text, 'q' || n FROM generate_series(1, 20000) n;
INSERT INTO teams SELECT n, 't' || n FROM generate_series(0, 499) n;
ANALYZE
"""


def plan(database: Database, text: str) -> Any:
    with database.connect() as connection:
        found = connection.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text}".encode()).fetchone()
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("SELECT name FROM people WHERE email = $1", ("email",)),
        ("SELECT name FROM people WHERE upper(email) = $1", ("upper(email)",)),
        ("SELECT name FROM people WHERE lower(name) = $1", ("lower(name)",)),
        ('SELECT name FROM people WHERE "Kind" = $1', ('"Kind"',)),
        ('SELECT name FROM people WHERE "Kind" = ANY($1) AND team_id = $2', ("team_id", '"Kind"')),
        ("SELECT p.name FROM people p WHERE team_id = $1 AND NOT EXISTS (SELECT 1 FROM teams t WHERE t.title = p.name)",
         ("team_id",)),
        ("SELECT name FROM people WHERE email = (SELECT max(title) FROM teams)", ("email",)),
    ],
)  # fmt: skip
def test_the_index_that_a_scan_asks_for_is_used_once_it_is_there(
    database: Database, text: str, columns: tuple[str, ...]
) -> None:
    with database.connect() as connection:
        connection.execute(SCHEMA.encode())
    sizes = {"public.people": 20_000.0, "public.teams": 500.0}
    found = next(scan for scan in scans(plan(database, text), sizes) if scan.table == "people")
    assert found.columns == columns
    with database.connect() as connection:
        connection.execute(f"CREATE INDEX wanted ON people ({', '.join(columns)})".encode())
        (definition,) = connection.execute("SELECT pg_get_indexdef('wanted'::regclass)").fetchone() or ("",)
        connection.execute(b"ANALYZE people")
    assert index_columns(str(definition)) == columns
    assert not [scan for scan in scans(plan(database, text), sizes) if scan.table == "people"]


def test_an_index_on_the_tenant_alone_leaves_a_scan_that_wants_the_parent_too(database: Database) -> None:
    text = "SELECT name FROM people WHERE team_id = $1 AND lower(email) = $2"
    with database.connect() as connection:
        connection.execute(SCHEMA.replace("n % 500", "n % 5").encode())
        connection.execute(b"CREATE INDEX ON people (team_id)")
        connection.execute(b"SET enable_seqscan = off")
        found = connection.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text}".encode()).fetchone()
    assert found is not None
    (scan,) = scans(found[0], {"people": 20_000.0})
    assert (scan.columns, scan.narrowed) == (("team_id", "lower(email)"), True)
    with database.connect() as connection:
        connection.execute(b"CREATE INDEX ON people (team_id, lower(email))")
        connection.execute(b"ANALYZE people")
    assert not list(scans(plan(database, text), {"people": 20_000.0}))


@pytest.mark.parametrize("where", ["left(email, 3) = $1", "email = $1 OR name = $2", "id::text || email = $1"])
def test_a_scan_that_no_index_on_a_column_would_narrow_asks_for_none(database: Database, where: str) -> None:
    with database.connect() as connection:
        connection.execute(SCHEMA.encode())
    text = f"SELECT name FROM people WHERE {where}"
    (scan,) = scans(plan(database, text), {"people": 20_000.0})
    assert scan == Scan("people", (), pytest.approx(0.005, abs=0.01), pytest.approx(100, abs=200))
    assert equality_columns(text, "public.people") == ()
