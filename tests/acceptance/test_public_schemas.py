"""Eleven public schemas, grown from two tenants to 500 and taken back, byte for byte; or refused with the reason."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

import psycopg
import pytest

from benchmarks._seed_server import Server, postgres
from rampart.errors import UsageError
from seeders.multiply.multiply import Request, outlook
from tests.acceptance.public_schemas.filler import fill
from tests.acceptance.public_schemas.sources import SOURCES, Source
from tests.integration.seeders.multiply.multiplying import MARKER, content, grown_and_taken_back, refused

pytestmark = pytest.mark.acceptance
TENANTS = 500


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    with postgres() as server:
        yield server


def links_told(conninfo: str, source: Source) -> tuple[str, ...]:
    """The links that the dry run names, and those that it names after them."""
    links: tuple[str, ...] = ()
    while True:
        try:
            request = Request(TENANTS, root=source.root, along=source.along, without=source.without, links=links)
            more = tuple(one.link for one in outlook(conninfo, request).unlinked)
        except UsageError as error:
            more = tuple(word for word in error.remedy.replace(";", " ").split() if "=" in word)
            assert error.what.startswith("nothing hangs on") and more, error
        if not more:
            return links
        links += more


@pytest.mark.parametrize("source", SOURCES, ids=lambda one: one.name)
def test_a_public_schema_is_grown_and_taken_back_or_refused(own_server, source):
    if shutil.which("apt-get") is None or shutil.which("npm") is None:
        pytest.skip("the packages come by apt-get and npm")
    database = "".join(filter(str.isalnum, source.name.lower()))
    conninfo = own_server.create(database)
    source.make(own_server, database)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(MARKER.encode())
    filled = fill(conninfo, source.root)
    if source.refused:
        refused(conninfo, source.refused, TENANTS, root=source.root)
        print(f"| {source.name} | {len(content(conninfo)) - 1} | refused |")
        return
    links, before = links_told(conninfo, source), content(conninfo)
    began = time.monotonic()
    rows = grown_and_taken_back(
        conninfo, TENANTS, root=source.root, along=source.along, without=source.without, links=links
    )
    names = {table.removeprefix("public."): count for table, (count, _) in before.items()}
    added = {table: count - names[table] for table, count in rows.items() if count > names[table]}
    assert len(added) >= source.copied and added[source.root] + names[source.root] == TENANTS
    seen = (source.name, len(names) - 1, len(filled.tables), len(added), len(links), f"{sum(added.values()):,}")
    print("|", *(f"{one} |" for one in seen), f"{time.monotonic() - began:.0f} s |")
