"""Four real applications with schemas that nobody here designed: multiplied, proved, and still answering.

Each runs in an environment of its own; two tenants are made by its own models and services. See applications/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from multiplying import catalog, content, prove

from benchmarks._seed_applications import act, interpreter, made, requests
from benchmarks._seed_server import Server
from seeders.multiply.multiply import DEFAULT_MARKER, multiply, rehearse, remove

pytestmark = pytest.mark.acceptance
TENANTS = 500
# That of books is guessed.
ROOTS = {
    "desk": "public.helpdesk_queue",
    "books": "public.django_ledger_entitymodel",
    "shop": "public.partner_partner",
    "forum": "public.forum_forum",
}
REQUESTS = requests(TENANTS)


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
    assert rehearse(conninfo, REQUESTS[application]) is not None
    assert (content(conninfo), catalog(conninfo)) == (before, schema)
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
    "public.forum_member_forumprofile",
}  # fmt: skip
ANSWERS = {
    "desk": lambda said: said["made"] == ["One more", 1] and said["queues"] == TENANTS and said["of"] == 41,
    "books": lambda said: (
        said["customers"][1] == said["customers"][0] + 1
        and said["account"] == [1, True]
        and float(said["balance"]) == 0
        and said["entities"] == TENANTS
    ),
    "forum": lambda said: (
        said["made"] == [True, 1]
        and said["posts"] == [13, True, True]
        and said["tree"] == [True, True]
        and said["forums"] == [TENANTS, TENANTS]
    ),
    "shop": lambda said: said["made"] == ["one-more", 1] and said["seller"] and said["partners"] == TENANTS,
}
