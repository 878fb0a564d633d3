"""One mask: no secret is left by origin, name or form, in whatever disguise; what is none stays readable."""

from __future__ import annotations

import base64
import html
import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from rampart.config import Target
from rampart.masking import credentials, forget_all, masked, remember, remember_environment, remember_options
from rampart.target_file import read_target

CANARY = "s3cr3t-c&n'ry/%x"


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    forget_all()
    yield
    forget_all()


def test_what_comes_from_the_environment_is_shown_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "target.toml"
    path.write_text('name = "x"\nurl = "http://127.0.0.1"\npostgres = "env:DSN"\nheaders = {X-Key = "env:KEY"}\n')
    target = read_target(path, {"DSN": f"service=x passfile={CANARY}", "KEY": CANARY})
    text = json.dumps(masked(target))
    assert CANARY not in text and "env:DSN" in text and "env:KEY" in text
    assert target.postgres == f"service=x passfile={CANARY}"


@pytest.mark.parametrize(
    "disguise",
    [
        str, quote, quote_plus, html.escape, lambda s: quote(s, safe=""), lambda s: json.dumps(s)[1:-1], repr,
        lambda s: base64.b64encode(s.encode()).decode(), lambda s: s.replace("'", "''"),
        lambda s: json.dumps(json.dumps(s)),
    ],
)  # fmt: skip
def test_a_remembered_value_is_found_in_every_disguise(disguise: object) -> None:
    remember(CANARY)
    shown = disguise(CANARY)  # type: ignore[operator]
    assert masked(f"connection to [{shown}] failed") != f"connection to [{shown}] failed"
    assert shown.strip("'\"\\") not in masked(f"connection to [{shown}] failed")


@pytest.mark.parametrize(
    "conninfo",
    [
        "postgresql://someuser:{}@127.0.0.1/app", "redis://:{}@cache/0", "host=db user=me password={}",
        "host=db password='{}' user=u", "https://{}@hooks.example/x",
    ],
)  # fmt: skip
def test_the_parts_of_a_remembered_conninfo_are_secrets_too(conninfo: str) -> None:
    secret = "p4ss-w0rd-canary"
    remember(conninfo.format(secret))
    assert secret not in masked(f"FATAL: authentication failed, tried {secret} twice")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("redis://:pw@pw@cache:6379/0", "redis://***@cache:6379/0"),
        ("postgresql://probe:pw@db/app", "postgresql://***@db/app"),
        (r"postgresql:\/\/probe:pw@db\/app", r"postgresql:\/\/***@db\/app"),
        ("http://127.0.0.1:9100/stats?token=abc&x=1", "http://127.0.0.1:9100/stats?token=***&x=1"),
        ("https://h/x?api_key=abc", "https://h/x?api_key=***"),
        ('{"password": "a b", "user": "c"}', '{"password": ***, "user": "c"}'),
        ("{'X-Auth-Token': 'abc'}", "{'X-Auth-Token': ***}"),
        ("Authorization: Bearer abcdefgh.ijk", "Authorization: ***"),
        ("got Bearer abcdefghijk from it", "got *** from it"),
        ("Set-Cookie: sid=abc; Path=/", "Set-Cookie: ***; Path=/"),
        ("jwt eyJhbGciOi.eyJzdWIiOi.sig", "jwt ***"),
        ("SELECT id FROM users WHERE token = $1", "SELECT id FROM users WHERE token = $1"),
        ("ALTER ROLE a PASSWORD 'x' LOGIN", "ALTER ROLE a PASSWORD *** LOGIN"),
        ("UPDATE u SET password = 'it''s'", "UPDATE u SET password = ***"),
        ("postgresql://db:5432/app mail me@example.com", "postgresql://db:5432/app mail me@example.com"),
        ("the token of a session is new", "the token of a session is new"),
        ("p95 512 ms at http://127.0.0.1:8000/a?b=c", "p95 512 ms at http://127.0.0.1:8000/a?b=c"),
    ],
)
def test_by_name_and_form_a_secret_goes_and_nothing_else_does(text: str, left: str) -> None:
    assert masked(text) == left


def test_mappings_and_dataclasses_are_masked_by_the_names_in_them() -> None:
    assert masked({"api_token": "x", "tokens": 3, "nested": [{"Cookie": "a=b"}]}) == {
        "api_token": "***", "tokens": 3, "nested": [{"Cookie": "***"}],
    }  # fmt: skip
    assert "hunter22" not in str(masked(Target("x", "http://h", postgres="host=db password='hunter22 x' user=u")))


def test_a_word_too_short_to_be_looked_for_does_not_spoil_ordinary_text() -> None:
    remember("abc")
    assert masked("abcdefg") == "abcdefg"


@pytest.mark.parametrize(
    "text", ["password='cut short", 'token: "cut short', "Authorization=Basic Y3V0", 'x \\"pwd\\": \\"cut']
)
def test_a_secret_whose_end_was_cut_off_is_hidden(text: str) -> None:
    assert "cut" not in masked(text) and "Y3V0" not in masked(text)


def test_a_line_after_an_unclosed_quote_stays() -> None:
    assert masked("password='cut\nthe next line").endswith("\nthe next line")


def test_variables_that_are_called_secrets_are_remembered_but_for_ordinary_words() -> None:
    remember_environment({"SHOP_TOKEN": "abc123def", "PGPASSWORD": "postgres", "HOME": "/home/abc987"})
    assert masked("abc123def at postgres in /home/abc987") == "*** at postgres in /home/abc987"


def test_the_folder_that_one_is_in_is_no_secret() -> None:
    remember_environment({"PWD": "/srv/shop-2", "OLDPWD": "/srv/shop-1", "DB_PWD": "abc123def"})
    assert masked("/srv/shop-2/runs after /srv/shop-1: abc123def") == "/srv/shop-2/runs after /srv/shop-1: ***"


def test_the_value_after_an_option_of_such_a_name_is_remembered() -> None:
    remember_options(["--login-password", "correct-horse", "--api-token=battery", "--users", "staple"])
    assert masked("correct-horse battery staple") == "*** *** staple"


def test_the_user_of_a_url_is_remembered_where_it_is_a_key_itself() -> None:
    assert list(credentials("https://9f86d081@sentry.example/1")) == ["9f86d081"]
    assert list(credentials("postgresql://postgres:pw123@db/x")) == ["pw123"]


def test_a_role_without_a_password_is_a_name_that_a_grant_has_to_show() -> None:
    assert list(credentials("postgresql://monitor@db/x")) == []
    assert list(credentials("https://monitor@sentry.example/1")) == ["monitor"]
    assert masked("postgresql://monitor@db/x") == "postgresql://***@db/x"


def test_names_of_tables_pass_where_remembered_values_are_left_out() -> None:
    remember("orders")
    assert masked({"table": "public.orders", "said": "password=orders"}, known=False) == {
        "table": "public.orders", "said": "password=***"
    }  # fmt: skip


def test_a_long_word_takes_no_long_time() -> None:
    began = time.process_time()
    masked("x" * 200_000)
    assert time.process_time() - began < 2.0  # in n² steps it would take minutes
