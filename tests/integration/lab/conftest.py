"""Labs with a little data, and a signed-in client of the healthy one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import psycopg
import pytest

from lab.staging import Lab
from tests.integration.lab.data import seeded
from tests.integration.lab.driver import Client

Start = Callable[..., Lab]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts labs with the flaws named and twenty tenants; they end with the test."""
    with ExitStack() as running:
        yield lambda *flaws: running.enter_context(seeded(*flaws))


@pytest.fixture(scope="session")
def healthy() -> Iterator[Lab]:
    """One for all tests that leave it as it is."""
    with seeded() as lab:
        yield lab


@pytest.fixture(scope="module")
def client(healthy: Lab) -> Iterator[Client]:
    with httpx.Client(base_url=healthy.target.url, trust_env=False) as http:
        yield Client(http, tenant=3)


@pytest.fixture
def database(healthy: Lab) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(healthy.target.postgres or "", autocommit=True) as connection:
        yield connection
