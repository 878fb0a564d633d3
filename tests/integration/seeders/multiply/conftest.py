"""A fresh copy of the nasty schema for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import psycopg
import pytest
from multiplying import MARKER, NASTY

from benchmarks._seed_server import Server
from seeders.database import bulk as bulk_load

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def nasty_template(server: Server) -> str:
    with psycopg.connect(server.create("nasty_template"), autocommit=True) as connection:
        connection.execute(NASTY.read_text().encode())
    return "nasty_template"


@pytest.fixture
def another(server: Server, nasty_template: str) -> Callable[[], str]:
    """Makes another database of the nasty schema at each call."""
    return lambda: server.create(f"nasty_{next(_NUMBERS)}", nasty_template)


@pytest.fixture
def schema(server: Server) -> Callable[[str], str]:
    """Makes a database of these statements, which may be seeded."""

    def make(statements: str) -> str:
        conninfo = server.create(f"schema_{next(_NUMBERS)}")
        with psycopg.connect(conninfo, autocommit=True) as connection:
            connection.execute(MARKER.encode() + statements.encode())
        return conninfo

    return make


@pytest.fixture
def owned(schema: Callable[[str], str]) -> Callable[[str], str]:
    """The same, and reached as the owner of all tables, who is no superuser."""

    def make(statements: str) -> str:
        grants = f"""
            DO $$ BEGIN CREATE ROLE landlord LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
            DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO landlord', current_database()); END $$;
            GRANT CREATE ON SCHEMA public TO landlord; GRANT SELECT ON rampart_marker TO landlord; SET ROLE landlord;
            {statements}"""
        return schema(grants).replace("user=postgres", "user=landlord")

    return make


@pytest.fixture
def nasty(another: Callable[[], str]) -> str:
    return another()


@pytest.fixture
def bulk() -> Iterator[None]:
    """Indexes come off for small growths too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk_load, "BULK_ROWS", 100)
        yield
