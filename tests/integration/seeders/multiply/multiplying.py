"""What the tests of --multiply share: the nasty schema, and the server's own word on what a database holds."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rampart.errors import NotReady, RampartError, UsageError
from seeders.multiply.multiply import DEFAULT_MARKER, Multiplied, Request, multiply, outlook, rehearse, remove

NASTY = Path(__file__).with_name("nasty.sql")
MARKER = "CREATE TABLE rampart_marker (may_be_load_tested boolean NOT NULL); INSERT INTO rampart_marker VALUES (true);"
ROOT = Path(__file__).parents[4]
_TABLES = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.relkind = 'r'
  AND n.nspname !~ '^pg_|^information_schema$|^rampart_multiply$' AND relname <> 'rampart_seed' ORDER BY 1"""
_CHILD = """
import sys
from seeders.multiply.multiply import Request, multiply
reports = 0
def note(share, text):
    global reports
    reports += 1
    print(text, flush=True)
    if reports == int(sys.argv[3]):
        sys.stdin.readline()  # until we are killed
multiply(sys.argv[1], Request(int(sys.argv[2]), root="app.orgs", along=("app.people",)), note)
"""


def ask(conninfo: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def value(conninfo: str, query: str) -> Any:
    return ask(conninfo, query)[0][0]


def request(tenants: int, **more: Any) -> Request:
    return Request(tenants, root="app.orgs", along=("app.people",), **more)


def multiplied(conninfo: str, tenants: int, **more: Any) -> Multiplied:
    return multiply(conninfo, request(tenants, **more), lambda _share, _text: None)


def grown_and_taken_back(
    conninfo: str, tenants: int = 6, *, then: Callable[[], object] = lambda: None, **more: Any
) -> dict[str, int]:
    """Rehearse, grow, let the server prove it, remove; all is as before. The rows of each table while it was grown."""
    before, schema = content(conninfo), catalog(conninfo)
    assert rehearse(conninfo, Request(tenants, **more)) is not None
    assert (content(conninfo), catalog(conninfo)) == (before, schema)
    rows = grown(conninfo, tenants, **more)
    assert catalog(conninfo) == schema
    then()
    remove(conninfo, DEFAULT_MARKER)
    assert (content(conninfo), catalog(conninfo)) == (before, schema)
    return rows


def grown(conninfo: str, tenants: int = 6, **more: Any) -> dict[str, int]:
    """Grow, and let the server prove it; the rows of each table."""
    assert multiply(conninfo, Request(tenants, **more), lambda _share, _text: None).tenants == tenants
    prove(conninfo)
    found = {table.removeprefix("public."): count for table, (count, _) in content(conninfo).items()}
    return {table: count for table, count in found.items() if table != "rampart_marker"}


def refused(conninfo: str, said: str, tenants: int = 6, *, planned: bool = True, **more: Any) -> RampartError:
    """Refused by the plan, the rehearsal and the growth with the same words, before the first row."""
    before, schema = content(conninfo), catalog(conninfo)
    for ask_for in (*[outlook] * planned, rehearse, lambda *words: multiply(*words, lambda _share, _text: None)):
        with pytest.raises((UsageError, NotReady), match=said) as caught:
            ask_for(conninfo, Request(tenants, **more))
        assert (content(conninfo), catalog(conninfo)) == (before, schema)
    return caught.value


def as_admin(conninfo: str) -> str:
    """The same database, of which a superuser sees everything."""
    return re.sub(r"user=\w+", "user=postgres", conninfo)


def content(conninfo: str) -> dict[str, tuple[int, Any]]:
    """Rows and an order-free checksum of every table."""
    conninfo = as_admin(conninfo)
    query = "SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {} t"
    tables = [row[0] for row in ask(conninfo, _TABLES)]
    with psycopg.connect(conninfo) as connection:
        return {one: connection.execute(query.format(one).encode()).fetchall()[0] for one in tables}


def catalog(conninfo: str) -> list[tuple[Any, ...]]:
    """Every index, constraint and trigger as it is now."""
    query = """
    SELECT indexdef FROM pg_indexes WHERE tablename <> 'rampart_seed' AND schemaname !~ '^pg_' UNION ALL
    SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) || convalidated FROM pg_constraint
    WHERE conrelid <> 0 AND conrelid <> coalesce(to_regclass('rampart_seed'), 0) AND contype <> 'n' UNION ALL
    SELECT tgrelid::regclass || tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"""
    return ask(as_admin(conninfo), query)


def prove(conninfo: str) -> int:
    """Let the server itself check every foreign key and build every index anew; how many foreign keys there are."""
    conninfo = as_admin(conninfo)
    keys = ask(conninfo, """SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::regclass, conname)
                            FROM pg_constraint WHERE contype = 'f' AND conparentid = 0""")  # fmt: skip
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("UPDATE pg_constraint SET convalidated = false WHERE contype = 'f'")
        for (statement,) in keys:
            connection.execute(statement.encode())
        connection.execute(f"REINDEX DATABASE {connection.info.dbname}".encode())
        open_keys = connection.execute("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated")
        assert open_keys.fetchone() == (0,)
    return len(keys)


def kill_in_bulk(conninfo: str, tenants: int, moment: str) -> str:
    """The same at the first report that begins so, with indexes off for small growths too; the text of that."""
    bulk = "from seeders.database import bulk\nbulk.BULK_ROWS = 100\n"
    script = bulk + _CHILD.replace("reports == int(sys.argv[3])", "text.startswith(sys.argv[3])")
    command = [sys.executable, "-c", script, conninfo, str(tenants), moment]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout is not None
    said = next((line.strip() for line in child.stdout if line.startswith(moment)), "")
    child.kill()
    child.wait()
    return said


def kill_after(conninfo: str, tenants: int, reports: int) -> str:
    """Start to multiply in a process of its own, and kill it at its so-manieth report; the text of that."""
    command = [sys.executable, "-c", _CHILD, conninfo, str(tenants), str(reports)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout is not None
    said = [line.strip() for _, line in zip(range(reports), child.stdout, strict=False)]
    child.kill()
    child.wait()
    return said[-1]
