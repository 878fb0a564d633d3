"""Two runs are like with like where all parts of their fingerprints are the same; else each other one is named."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from rampart.fingerprint import Fingerprint, Part, differences, fingerprint_of, unlike

PARTS = {
    "url": Part.of("http://127.0.0.1:8000"),
    "scenario": Part.of("shop.py aaaa", "content of shop.py"),
    "objectives": Part.of("p95 < 500 ms"),
    "levels": Part.of("100 and 1,000 tenants"),
    "host": Part.of("2 cores, 4 GiB"),
}


def about(**other: Part) -> dict[str, object]:
    return {"fingerprint": asdict(Fingerprint.of(**{**PARTS, **other}))}


@pytest.mark.parametrize("name", PARTS)
def test_each_part_that_differs_alone_is_named_with_both_values(name: str) -> None:
    said = unlike(about(), about(**{name: Part.of("another one")}))
    assert said == f"the {name} differs ({PARTS[name].value} before, another one now)"


def test_the_same_is_alike_and_has_one_total() -> None:
    assert unlike(about(), about()) == ""
    assert Fingerprint.of(**PARTS).total == Fingerprint.of(**dict(reversed(PARTS.items()))).total
    assert Fingerprint.of(**PARTS).total != Fingerprint.of(**{**PARTS, "host": Part.of("4 cores")}).total


def test_content_decides_and_not_what_is_shown_of_it() -> None:
    assert unlike(about(), about(scenario=Part.of("moved/shop.py aaaa", "content of shop.py"))) == ""
    assert "the scenario differs" in unlike(about(), about(scenario=Part.of("shop.py aaaa", "another content")))


def test_a_part_that_only_one_run_has_differs() -> None:
    fewer = Fingerprint.of(**{name: part for name, part in PARTS.items() if name != "host"})
    (lost,) = differences(Fingerprint.of(**PARTS), fewer)
    (come,) = differences(fewer, Fingerprint.of(**PARTS))
    assert (lost.part, lost.after, come.before) == ("host", "not recorded", "not recorded")


def test_several_differences_are_all_named() -> None:
    said = unlike(about(), about(host=Part.of("4 cores"), url=Part.of("http://127.0.0.1:9")))
    assert "the url differs" in said
    assert " and the host differs" in said


@pytest.mark.parametrize("recorded", [{}, {"fingerprint": None}, {"fingerprint": "a1"}, {"fingerprint": {"parts": 1}}])
def test_what_an_older_version_recorded_has_none(recorded: dict[str, object]) -> None:
    assert fingerprint_of(recorded) is None
    assert unlike(recorded, about()).startswith("the run before has no fingerprint")
    assert unlike(about(), recorded).startswith("this run has no fingerprint")
    assert unlike(recorded, recorded).startswith("both runs have no fingerprint")
