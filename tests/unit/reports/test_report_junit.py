"""JUnit: one case for each level and one for violations; what CI must stop for is a failure."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as xml

import pytest

from rampart.model import JSON
from reports.compare import compare
from reports.junit import suite
from tests.planted import verdicts

DONE: JSON = {"outcome": "complete"}


def cases(verdict: JSON, about: JSON = DONE, comparison: JSON | None = None) -> dict[str, tuple[str, str]]:
    """Each case's name with the kind and message of its result."""
    root = xml.fromstring(suite("run", about, verdict, comparison))
    (found,) = root
    results = {}
    for case in found.findall("testcase"):
        bad = [child for child in case if child.tag != "system-out"]
        assert len(bad) <= 1
        results[case.get("name", "")] = (bad[0].tag, bad[0].get("message", "")) if bad else ("passed", "")
    tags = [kind for kind, _ in results.values()]
    told = {name: int(found.get(name, "-1")) for name in ("tests", "failures", "errors", "skipped")}
    counted = {"failures": tags.count("failure"), "errors": tags.count("error"), "skipped": tags.count("skipped")}
    assert told == {"tests": len(tags), **counted}
    return results


def test_a_case_for_each_level_and_one_for_violations() -> None:
    found = cases(verdicts.bottleneck())
    assert list(found) == ["100 tenants", "1,000 tenants", "10,000 tenants", "no correctness violation"]
    assert {kind for kind, _ in found.values()} == {"passed"}


def test_a_level_that_holds_fewer_users_than_wanted_is_a_failure() -> None:
    found = cases(verdicts.bottleneck(), {**DONE, "target": {"load": {"wanted_users": 100}}})
    assert [kind for kind, _ in found.values()] == ["passed", "passed", "failure", "passed"]
    assert "10,000 tenants: 60 users were held within the objective, 100 are wanted." in found["10,000 tenants"][1]


def test_a_level_at_which_no_load_met_the_objective_holds_no_users() -> None:
    verdict = verdicts.bottleneck()
    verdict["capacity"][2]["slo_users"] = {"met": None, "missed": 5}
    assert cases(verdict, {**DONE, "target": {"load": {"wanted_users": 1}}})["10,000 tenants"][0] == "failure"
    assert cases(verdict, {**DONE, "target": {"load": {"wanted_users": None}}})["10,000 tenants"][0] == "passed"


def test_a_level_that_holds_less_than_before_is_a_failure() -> None:
    better = verdicts.bottleneck()
    better["capacity"][2]["knee_users"] = {"value": 200.0, "low": 190.0, "high": 210.0}
    found = cases(verdicts.bottleneck(), comparison=compare(better, verdicts.bottleneck()))
    assert found["10,000 tenants"][0] == "failure"
    assert "the knee fell from 200 users to 77 users" in found["10,000 tenants"][1]
    assert found["1,000 tenants"][0] == "passed"


def test_a_violation_is_a_failure() -> None:
    leak = {"id": "tenant-leak", "endpoint": "GET /dashboard", "sentence": "3 answers were another tenant's."}
    kind, message = cases({**verdicts.bottleneck(), "violations": [leak]})["no correctness violation"]
    assert (kind, message) == ("failure", "tenant-leak: GET /dashboard: 3 answers were another tenant's.")


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [("bottleneck", "passed"), ("not_reached", "passed"), ("inconclusive", "skipped"), ("invalid", "error"),
     ("generator_limited", "error")],
)  # fmt: skip
def test_levels_by_outcome(outcome: str, kind: str) -> None:
    assert cases(verdicts.outcomes()[outcome])["10,000 tenants"][0] == kind


@pytest.mark.parametrize("about", [{"outcome": "interrupted"}, {"outcome": "running"}, {}])
def test_an_incomplete_run_is_an_error_beside_its_levels(about: JSON) -> None:
    found = cases(verdicts.bottleneck(), about)
    assert found["the run is complete"][0] == "error"
    assert found["10,000 tenants"][0] == "passed"


def test_nothing_measured_is_never_green() -> None:
    assert {"error"} & {kind for kind, _ in cases({}).values()}


@pytest.mark.parametrize("hostile", ["\x00\x1b[31m", "]]><x>", "\ud800", "\ufffe", '"&<'])
def test_hostile_text_leaves_the_xml_whole(hostile: str) -> None:
    verdict: Any = {**verdicts.bottleneck(), "sentence": hostile, "violations": [{"id": hostile, "sentence": hostile}]}
    verdict["levels"] = [{"tenants": 100, "outcome": "invalid", "sentence": hostile}]
    assert cases(verdict)["no correctness violation"][0] == "failure"
