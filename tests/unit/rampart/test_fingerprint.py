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


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "shop.py aa, agents.py bb, users.csv cc",
            "shop.py aa, agents.py dd, users.csv cc",
            "agents.py bb before, agents.py dd now",
        ),
        ("shop.py aa", "shop.py aa, agents.py bb", "none before, agents.py bb now"),
        ("100 tenants, stages of 6 s", "100 tenants, stages of 9 s", "stages of 6 s before, stages of 9 s now"),
    ],
)
def test_of_a_list_only_what_differs_is_told(before: str, after: str, said: str) -> None:
    assert said in unlike(about(scenario=Part.of(before)), about(scenario=Part.of(after)))


def test_what_differs_only_in_what_is_not_shown_is_told_whole() -> None:
    said = unlike(about(levels=Part.of("100 tenants, seed 1", "a")), about(levels=Part.of("100 tenants, seed 1", "b")))
    assert "100 tenants, seed 1 before, 100 tenants, seed 1 now" in said


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
