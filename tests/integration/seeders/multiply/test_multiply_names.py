"""Names that break SQL put together by hand, in a schema that has each kind of column that is renewed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from multiplying import ask, catalog, content, prove, value

from benchmarks._seed_server import Server
from seeders.multiply.multiply import DEFAULT_MARKER, Request, multiply, outlook, remove

NAMES = Path(__file__).with_name("names.sql")
ROOT, BELOW = '"a.b"."select"', '"100% {value}"."Größe ∑ \'x\'"'
LONG = "sixty-three bytes of a name, which is as long as it may be, "
FAKED = f"Größe ∑ 'x'.{LONG}two"
SOME = 41


@pytest.fixture
def named(server: Server) -> str:
    conninfo = server.create("names")
    ask(conninfo, NAMES.read_text())
    return conninfo


def request(**more: object) -> Request:
    return Request(SOME, root="a.b.select", **more)  # type: ignore[arg-type]


def grown(conninfo: str, wanted: Request) -> int:
    return multiply(conninfo, wanted, lambda _share, _text: None).tenants


def test_all_is_copied_whatever_it_is_called(named: str) -> None:
    assert grown(named, request()) == SOME
    prove(named)
    assert value(named, f"SELECT count(*) FROM {ROOT}") == SOME
    # Three rows of each of two tenants, and what hangs on them.
    assert value(named, f"SELECT count(*) FROM {BELOW}") == 21 * 3 + 20 * 3
    assert value(named, f"""SELECT count(*) FROM {BELOW} b WHERE NOT EXISTS (SELECT FROM {ROOT} r
                            WHERE r."id %s" = b."tenant $1")""") == 0  # fmt: skip
    assert value(named, 'SELECT count(*) FROM "a.b"."100%s"') == 2  # the trigger did not fire
    assert value(named, f'SELECT count(DISTINCT "{{}}") + count(DISTINCT "%") FROM {BELOW}') == 2 * 123


def test_values_are_kept_though_they_look_like_tokens(named: str) -> None:
    grown(named, request())
    assert value(named, f"""SELECT count(*) FROM {BELOW} WHERE "{LONG}two" = 'it''s {{number}}'""") == 123
    assert value(named, f"""SELECT count(*) FROM {ROOT} WHERE "{{value}}" LIKE '{{value}} $1 \\%%-c%'""") == 20


def test_a_caller_says_new_values_and_fakes_of_such_columns(named: str) -> None:
    given = {"select.{value}": "{value} || ' {} {other} %s $$' || {number}"}
    fakes = {f"Größe ∑ 'x'.{LONG}one": "name", FAKED: "city"}
    assert grown(named, request(given=given, fakes=fakes)) == SOME
    prove(named)
    assert (
        value(named, f"""SELECT count(*) FROM {ROOT} WHERE "{{value}}" LIKE '%{{}} {{other}} \\%s $$%'""") == SOME - 2
    )
    assert value(named, f"""SELECT count(*) FROM {BELOW} WHERE "{LONG}two" <> 'it''s {{number}}'""") == 123 - 6


def test_removal_leaves_every_other_row(named: str) -> None:
    before, schema = content(named), catalog(named)
    grown(named, request())
    assert remove(named, DEFAULT_MARKER).tenants == SOME - 2
    assert (content(named), catalog(named)) == (before, schema)


def test_keys_and_indexes_come_off_and_are_back(named: str, bulk: Callable[[], None]) -> None:
    schema = catalog(named)
    assert multiply(named, request(), lambda _share, _text: None).mode.startswith("bulk")
    assert catalog(named) == schema
    prove(named)


def test_a_dry_run_shows_such_values(named: str) -> None:
    would = outlook(named, request())
    assert would.renewed["a.b.select.{value}"] == ("{value} $1 %", "{value} $1 %-c0")
