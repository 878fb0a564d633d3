"""Copied tenants mail, call and bill nobody: what leads out of the database is replaced, unless it is to be kept."""

from __future__ import annotations

import pytest
from multiplying import MARKER, ask, grown_and_taken_back, refused, value

from benchmarks._seed_server import Server
from seeders.multiply.multiply import Request, multiply, outlook

SHOP = """
CREATE TABLE orgs (id serial PRIMARY KEY, name text NOT NULL, "Reply To" text, hook varchar(200),
  settings jsonb, cc text[], api_token text UNIQUE, hotline varchar(20) UNIQUE);
CREATE TABLE people (id serial PRIMARY KEY, org_id int NOT NULL REFERENCES orgs, login varchar(40), phone text,
  password text, stripe text, push_token uuid, website text, UNIQUE (org_id, login));
CREATE TABLE hooks (id serial PRIMARY KEY, org_id int NOT NULL REFERENCES orgs, "targetUrl" text UNIQUE, event text);
INSERT INTO orgs (name, "Reply To", hook, settings, cc, api_token, hotline)
SELECT 'Org ' || n, 'Desk <desk' || n || '@corp.example.org>',
  'https://hooks.slack.com/services/T0/B' || n || '/x9y8z7',
  jsonb_build_object('notify', 'ops' || n || '@corp.example.org', 'theme', 'blue', 'nested',
    jsonb_build_object('post', 'https://corp.example.org/webhooks/' || n, 'key', 'whsec_a1b2c3d4e5f6' || n)),
  ARRAY['a' || n || '@corp.example.org', 'b' || n || '@corp.example.org'],
  'live_' || md5(n::text), '+49 170 100000' || n
FROM generate_series(1, 2) n;
INSERT INTO people (org_id, login, phone, password, stripe, push_token, website)
SELECT 1 + n % 2, 'anna' || n || '@corp.example.org', CASE WHEN n % 3 > 0 THEN '0170 55' || 1000 + n END,
  'pbkdf2_sha256$600000$' || md5(n::text), 'cus_' || left(md5(n::text), 14), md5(n::text)::uuid, 'https://corp.example.org/'
FROM generate_series(1, 30) n;
INSERT INTO hooks (org_id, "targetUrl", event)
SELECT 1 + n % 2, 'https://corp.example.org/api/webhooks/' || n, 'invoice.paid' FROM generate_series(1, 4) n;
"""
LEADS_OUT = (
    r"corp\.example\.org[^/]|corp\.example\.org/[^\"]*hooks|hooks\.slack|whsec_|cus_c4ca42|0170|\+49|live_c4ca42"
)


@pytest.fixture
def shop(server: Server) -> str:
    conninfo = server.create("harmless")
    ask(conninfo, "DROP SCHEMA public CASCADE; CREATE SCHEMA public;" + MARKER + SHOP)
    return conninfo


def copies(conninfo: str, table: str) -> list[str]:
    own = "id > 2" if table == "orgs" else "org_id > 2"
    return [row[0] for row in ask(conninfo, f"SELECT t::text FROM {table} t WHERE {own} ORDER BY t.id")]


def test_what_leads_out_is_listed_and_replaced_and_the_rest_is_not(shop: str) -> None:
    listed = outlook(shop, Request(6, root="orgs")).harmless
    assert listed == {
        "public.orgs.Reply To": "mail address", "public.orgs.hook": "webhook", "public.orgs.cc": "mail address",
        "public.orgs.settings": "mail address, webhook, token", "public.orgs.api_token": "token",
        "public.orgs.hotline": "phone number", "public.hooks.targetUrl": "webhook",
        "public.people.login": "mail address", "public.people.phone": "phone number",
        "public.people.stripe": "payment id", "public.people.push_token": "token",
    }  # fmt: skip
    told: list[str] = []
    multiply(shop, Request(6, root="orgs"), lambda _share, _text: None, told.append)
    assert any("public.people.login (mail address)" in text and "--keep" in text for text in told)
    for table in ("orgs", "people", "hooks"):
        out = value(shop, f"SELECT count(*) FROM {table} t WHERE id > 30 AND t::text ~ '{LEADS_OUT}'")
        assert out == 0 and copies(shop, table), table
    kept = ask(shop, "SELECT DISTINCT password ~ '^pbkdf2', website, phone IS NULL FROM people WHERE org_id > 2")
    assert sorted(kept) == [(True, "https://corp.example.org/", False), (True, "https://corp.example.org/", True)]
    assert value(shop, "SELECT bool_and(settings->>'theme' = 'blue') FROM orgs")
    assert value(shop, "SELECT bool_and(array_length(cc, 1) = 2 AND cc[1] ~ '@example.com$') FROM orgs WHERE id > 2")
    assert value(shop, "SELECT bool_and(stripe ~ '^cus_' AND length(stripe) = 18) FROM people WHERE org_id > 2")
    assert value(shop, "SELECT count(DISTINCT api_token) = 6 AND count(DISTINCT hotline) = 6 FROM orgs")


def test_the_same_value_becomes_the_same_one_at_every_growth(shop: str) -> None:
    multiply(shop, Request(4, root="orgs"), lambda _share, _text: None)
    multiply(shop, Request(6, root="orgs"), lambda _share, _text: None)
    logins = ask(shop, "SELECT array_agg(login ORDER BY login) FROM people WHERE org_id > 2 GROUP BY org_id")
    assert len(logins) == 4 and len({tuple(found) for (found,) in logins}) == 2


def test_it_is_rehearsed_grown_and_removed_like_any_other(shop: str) -> None:
    assert grown_and_taken_back(shop, root="orgs")["orgs"] == 6


def test_what_is_to_be_kept_is_kept(shop: str) -> None:
    asked = Request(4, root="orgs", keep=("people.login", "orgs.api_token"))
    assert not {"public.people.login", "public.orgs.api_token"} & set(outlook(shop, asked).harmless)
    multiply(shop, asked, lambda _share, _text: None)
    assert value(shop, "SELECT bool_and(login ~ 'corp.example.org$') FROM people WHERE org_id > 2")
    assert value(shop, "SELECT bool_and(api_token ~ '^live_') FROM orgs WHERE id > 2")


@pytest.mark.parametrize(
    ("check", "keep"),
    [
        (r"ALTER TABLE orgs ADD CHECK (hotline ~ '^\+49')", "orgs.hotline"),
        (r"ALTER TABLE people ADD CHECK (phone ~ '^0[0-9 ]+$')", "people.phone"),
        (
            "UPDATE orgs SET hotline = '+49 170 10' || id; ALTER TABLE orgs ALTER hotline TYPE varchar(12)",
            "orgs.hotline",
        ),
    ],
    ids=["unique", "check", "length"],
)
def test_harmless_values_that_the_schema_refuses_are_a_refusal_that_names_keep(
    shop: str, check: str, keep: str
) -> None:
    ask(shop, check)
    refused(shop, "--keep", root="orgs")
    assert multiply(shop, Request(4, root="orgs", keep=(keep,)), lambda _share, _text: None).tenants == 4
