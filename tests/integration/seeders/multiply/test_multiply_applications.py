"""Three real applications with schemas that nobody here designed: multiplied, proved, and still answering.

Each runs in an environment of its own; two tenants are made by its own models and services. See applications/.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from environment import interpreter
from multiplying import MARKER, ask, catalog, content, prove

from benchmarks._seed_server import Server
from seeders.multiply.multiply import DEFAULT_MARKER, Request, multiply, remove

_FOLDER = Path(__file__).with_name("applications")
TENANTS = 120
BUYERS = ("catalogue_product", "order_order", "basket_basket", "auth_user")
# That of books is guessed.
ROOTS = {
    "desk": "public.helpdesk_queue",
    "books": "public.django_ledger_entitymodel",
    "shop": "public.partner_partner",
}
REQUESTS = {
    # Its database does not say that the slugs of the knowledge base are unique, but the application counts on it.
    "desk": Request(
        TENANTS,
        root="helpdesk_queue",
        fakes={"helpdesk_ticket.submitter_email": "email"},
        given={"helpdesk_kbcategory.slug": "{value} || '-' || {number}"},
    ),
    "books": Request(TENANTS),
    "shop": Request(TENANTS, root="partner_partner", along=BUYERS),
}


def act(server: Server, application: str, action: str) -> str:
    environment = {**os.environ, "PGPORT": str(server.port), "PGDATABASE": application}
    command = [str(interpreter()), "-W", "ignore", str(_FOLDER / f"{application}.py"), action]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def made(server: Server, application: str) -> str:
    conninfo = server.create(application)
    act(server, application, "fill")
    ask(conninfo, MARKER)
    return conninfo


@pytest.fixture(scope="module")
def databases(server: Server) -> Iterator[dict[str, str]]:
    interpreter()
    with ThreadPoolExecutor(2) as pool:
        yield dict(zip(REQUESTS, pool.map(lambda one: made(server, one), REQUESTS), strict=True))


def grown(conninfo: str, application: str) -> Any:
    return multiply(conninfo, REQUESTS[application], lambda _share, _text: None)


@pytest.mark.parametrize("application", list(REQUESTS))
def test_it_is_multiplied_holds_answers_and_is_taken_back(server, databases, application):
    conninfo = databases[application]
    before, schema = content(conninfo), catalog(conninfo)
    done = grown(conninfo, application)
    assert (done.root, done.tenants, done.rows_added > 1000) == (ROOTS[application], TENANTS, True)
    assert (catalog(conninfo), prove(conninfo) >= done.references > 10) == (schema, True)
    said = json.loads(act(server, application, "answer").splitlines()[-1])
    assert set(said.pop("pages").values()) == {200}
    assert said.pop("sent") == 302
    assert ANSWERS[application](said), said
    remove(conninfo, DEFAULT_MARKER)
    after = content(conninfo)
    changed = {table for table, held in before.items() if after[table] != held}
    assert changed <= WRITTEN, changed


# Written by the application for itself while it answered, and not for a copied tenant.
WRITTEN = {
    "public.django_session", "public.auth_user", "public.analytics_productrecord", "public.analytics_userrecord",
    "public.analytics_userproductview", "public.analytics_usersearch", "public.basket_basket", "public.basket_line",
    "public.django_admin_log", "public.helpdesk_usersettings", "public.customer_email",
}  # fmt: skip
ANSWERS = {
    "desk": lambda said: said["made"] == ["One more", 1] and said["queues"] == TENANTS and said["of"] == 41,
    "books": lambda said: (
        said["customers"][1] == said["customers"][0] + 1
        and said["account"] == [1, True]
        and float(said["balance"]) == 0
        and said["entities"] == TENANTS
    ),
    "shop": lambda said: said["made"] == ["one-more", 1] and said["seller"] and said["partners"] == TENANTS,
}
