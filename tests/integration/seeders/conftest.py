"""A Postgres of our own for all tests of the seeders, and a fresh copy of the lab's schema for each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from benchmarks._seed_server import Server, postgres
from seeders.database import bulk
from seeders.growth import estimate

SCHEMA = Path(__file__).parents[3] / "lab" / "schema.sql"

Database = Callable[[], str]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with postgres() as running:
        yield running


@pytest.fixture(scope="session")
def template(server: Server) -> str:
    with psycopg.connect(server.create("lab_template"), autocommit=True) as connection:
        connection.execute(SCHEMA.read_text().encode())
    return "lab_template"


_NUMBERS = itertools.count(1)


@pytest.fixture
def fresh(server: Server, template: str) -> Database:
    """Makes another empty database with the lab's schema at each call."""
    return lambda: server.create(f"lab_{next(_NUMBERS)}", template)


@pytest.fixture
def lab(fresh: Database) -> str:
    return fresh()


@pytest.fixture(scope="session", autouse=True)
def small() -> Iterator[None]:
    """Slices and bulk loads that begin at a tenth of the usual size, so that small data take every path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(estimate, "SLICE_ROWS", 2048)
        patch.setattr(bulk, "BULK_ROWS", 10_000)
        yield
