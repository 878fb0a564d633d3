"""The SQL that a report advises, applied to a real server by psql: the statements then use the indexes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from analysis.record.sql_equalities import in_sql
from analysis.verdict.analyse import analyse
from probes import statements, tables
from rampart.config import Target
from rampart.model import JSON
from rampart.runs import Run
from rampart.tables import label_text
from rampart.verdict import Verdict
from reports.render import render
from tests.integration.conftest import Database
from tests.planted.causes import NONE, Values, of, open_transactions, work
from tests.planted.causes_planner_disk import misled
from tests.planted.recording import Plan, record

Asked = tuple[str, tuple[object, ...]]  # a statement, and its values as SQL
SCHEMA = """
CREATE SCHEMA "my-app";
CREATE TABLE tasks (id serial PRIMARY KEY, tenant_id int, list_id int, title text, created_at timestamptz, data jsonb);
CREATE INDEX tasks_by_tenant ON tasks (tenant_id);
CREATE TABLE people (id serial PRIMARY KEY, tenant_id int, email varchar(80), name text, seen timestamptz);
CREATE TABLE "my-app"."Order" (id serial PRIMARY KEY, "left" int, "Kind" text);
CREATE TABLE events (id serial PRIMARY KEY, tenant_id int, at timestamptz, data jsonb);
CREATE VIEW signups AS SELECT * FROM events WHERE data ->> 'kind' = 'signup''s';
INSERT INTO tasks (tenant_id, list_id, title, created_at, data)
    SELECT n % 4, n % 2000, 't' || n, now() - n * interval '1 min', jsonb_build_object('kind', 'k' || n % 900)
    FROM generate_series(1, 20000) n;
INSERT INTO people (tenant_id, email, name, seen)
    SELECT n % 200, 'p' || n || '@x', 'q' || n, now() - n * interval '1 min' FROM generate_series(1, 20000) n;
INSERT INTO "my-app"."Order" ("left", "Kind") SELECT n % 500, 'k' || n % 7 FROM generate_series(1, 20000) n;
INSERT INTO events (tenant_id, at, data)
    SELECT n % 100, now() - n * interval '1 min', jsonb_build_object('kind', 'k' || n % 50)
    FROM generate_series(1, 20000) n;
ANALYZE
"""
# What is asked, with values, and the index that it wants; None: the one before does for it.
ADVISED = [
    ("SELECT title FROM tasks WHERE tenant_id = {} AND list_id = {}", (1, 1), "public.tasks (tenant_id, list_id)"),
    ("SELECT name FROM people WHERE upper(email) = {}", ("'P'",), "public.people (upper(email))"),
    (
        "SELECT name FROM people WHERE lower(email) = {} AND tenant_id = {}", ("'p'", 1),
        "public.people (tenant_id, lower(email))",
    ),
    (
        "SELECT name FROM people WHERE tenant_id = {} AND seen > {}", (1, "'2026-01-01'"),
        "public.people (tenant_id, seen)",
    ),
    ("SELECT email FROM people WHERE tenant_id = {}", (1,), None),
    (
        'SELECT id FROM "my-app"."Order" WHERE "left" = {} ORDER BY "Kind" LIMIT {}', (1, 5),
        '"my-app"."Order" ("left", "Kind")',
    ),
    ("SELECT at FROM signups WHERE tenant_id = {}", (1,), "public.events (tenant_id, (data ->> 'kind'))"),
]  # fmt: skip
NOT_ADVISED: list[Asked] = [
    ("SELECT name FROM people WHERE name ILIKE {}", ("'%q%'",)),  # no btree serves a pattern
    ("SELECT title FROM tasks WHERE tenant_id = {} AND title ILIKE {}", (1, "'%q%'")),  # and the tenant has its index
    ("SELECT title FROM tasks WHERE data @> {}", ("'{}'",)),
    ("SELECT name FROM people WHERE date_trunc({}, seen) = {}", ("'day'", "'2026-01-01'")),  # by the time zone
    ("SELECT title FROM tasks WHERE data ->> {} = {}", ("'kind'", "'k1'")),  # the key is no more in the text
    ("SELECT name FROM people WHERE tenant_id = {} OR email = {}", (1, "'p'")),
]


def recorded(database: Database, folder: Path, asked: Sequence[Asked]) -> Run:
    """A planted ramp in which the real server's statements cost more and more, the first most, with its real plans."""
    target = Target("test", "http://127.0.0.1:1", postgres=database.conninfo())
    readers = [probe.connect(target) for probe in (tables.PROBE, statements.PROBE)]
    for reader in readers:
        list(reader.read())
    with database.connect("shop") as connection:
        for text, values in asked:
            connection.execute(text.format(*values).encode())
    database.settle()
    facts: JSON = {}
    for reader in readers:
        list(reader.read())
        facts |= reader.facts()
        reader.close()
    by_text = {about["text"]: statement for statement, about in facts["statements"].items()}
    ids = [by_text[normalised(text)] for text, _ in asked]

    def counters(users: int, rate: float, latency: float) -> Values:
        found: dict[tuple[str, str], float] = {
            ("host.cpu_busy_s", NONE): min(2.0, 2.0 * rate / 100),
            ("role.cpu_s", label_text({"role": "db"})): min(1.7, 1.7 * rate / 100),
        }
        for place, statement in enumerate(ids):
            calls = 0.2 * rate
            found |= work(statement, calls, (60 + 4 * max(latency - 40, 0)) / (2 + place), 5.0)
            found[("db.statement.blocks_hit", of(statement))] = 1000 * calls
        return found

    run = record(folder, Plan(where="pool", unloaded_ms=40.0, counters=counters))
    run.write_json("statements.json", facts)
    return run


def normalised(text: str) -> str:
    """As the server records it."""
    return text.format(*(f"${place}" for place in range(1, 1 + text.count("{}"))))


def verdict_of(run: Run) -> Verdict:
    verdict = analyse(run)
    render(run, verdict)
    return verdict


def apply(database: Database, run: Run) -> None:
    """As the file itself says."""
    psql = shutil.which("psql")
    assert psql is not None
    command = [psql, "-X", "-v", "ON_ERROR_STOP=1", "-f", str(run.folder / "remedy.sql"), database.conninfo()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def plan(database: Database, text: str) -> str:
    with database.connect() as connection:
        rows = connection.execute(f"EXPLAIN (GENERIC_PLAN) {normalised(text)}".encode()).fetchall()
    return "\n".join(str(line) for (line,) in rows)


def test_the_file_that_is_advised_makes_each_statement_use_an_index(database: Database, tmp_path: Path) -> None:
    prepare(database)
    run = recorded(database, tmp_path, [(text, values) for text, values, _ in ADVISED])
    verdict = verdict_of(run)
    assert verdict.first is not None and verdict.first.id == "missing-index"
    lines = [line for line in (run.folder / "remedy.sql").read_text().splitlines() if line.startswith("CREATE")]
    assert lines == [f"CREATE INDEX CONCURRENTLY ON {index};" for _, _, index in ADVISED if index is not None]
    before = {text: plan(database, text) for text, _, _ in ADVISED}
    apply(database, run)
    with database.connect() as connection:
        connection.execute(b"ANALYZE")
    after = {text: plan(database, text) for text, _, _ in ADVISED}
    assert [text for text, shown in before.items() if "Filter" not in shown and "Sort" not in shown] == []
    assert [shown for shown in after.values() if "Seq Scan" in shown or "Filter" in shown or "Sort" in shown] == []


def test_no_index_is_advised_that_could_not_be_used(database: Database, tmp_path: Path) -> None:
    prepare(database)
    run = recorded(database, tmp_path, NOT_ADVISED)
    verdict = verdict_of(run)
    named = {found.id for found in verdict.ranked}
    assert "slow-query" in named and "missing-index" not in named
    assert not (run.folder / "remedy.sql").exists()


def test_what_other_findings_advise_takes_effect_on_the_server(database: Database, tmp_path: Path) -> None:
    with database.connect() as connection:
        connection.execute(b"CREATE TABLE lines AS SELECT generate_series(1, 5000) AS order_id")
    for cause in (open_transactions(), misled()):
        run = record(tmp_path, cause.plan)
        run.write_json("statements.json", cause.facts)
        assert (first := verdict_of(run).first) is not None and first.id == cause.finding
        apply(database, run)
    with database.connect() as connection:  # a new session has the database's own setting
        timeout = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()
        table = "SELECT reltuples, reloptions FROM pg_class WHERE relname = 'lines'"
        rows, options = connection.execute(table).fetchone() or (None, None)
    assert (timeout, rows, options) == (("10s",), 5000.0, ["autovacuum_analyze_scale_factor=0.01"])


def prepare(database: Database) -> None:
    with database.connect() as connection:
        connection.execute(SCHEMA.encode())
        connection.execute(b'GRANT USAGE ON SCHEMA "my-app" TO shop')
        connection.execute(b'GRANT SELECT ON ALL TABLES IN SCHEMA public, "my-app" TO shop')
        connection.execute(b"SELECT pg_stat_statements_reset()")


def test_every_word_that_the_server_reserves_is_quoted(database: Database) -> None:
    with database.connect() as connection:
        words = [
            str(w) for (w,) in connection.execute("SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')")
        ]
    assert len(words) > 90
    assert [word for word in words if in_sql(word) == word] == []
