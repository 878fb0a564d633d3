"""JUnit: one case for each level and one for violations; what CI must stop for is a failure."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as xml

import pytest

from rampart.finding import Interval
from rampart.model import JSON
from rampart.verdict import ObjectiveBracket, RunEnd, Verdict, VerdictOutcome
from rampart.verdict_exit_code import conclusion
from reports.compare import compare
from reports.comparison import Comparison
from reports.junit import suite
from tests.planted import thin, verdicts

DONE: JSON = {"outcome": "complete"}


def cases(verdict: Verdict, about: JSON = DONE, comparison: Comparison | None = None) -> dict[str, tuple[str, str]]:
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
    found = cases(verdicts.with_objectives(verdicts.bottleneck(), wanted_users=100))
    assert [kind for kind, _ in found.values()] == ["passed", "passed", "failure", "passed"]
    said = "objective missed: latency (p95 < 500ms): met up to 60 users; 100 are wanted"
    assert found["10,000 tenants"][1] == said


def test_a_level_at_which_no_load_met_the_objective_holds_no_users() -> None:
    verdict = verdicts.with_capacity(verdicts.bottleneck(), slo_users=ObjectiveBracket(None, 5))
    assert cases(verdicts.with_objectives(verdict, wanted_users=1))["10,000 tenants"][0] == "failure"
    assert cases(verdicts.with_objectives(verdict))["10,000 tenants"][0] == "passed"


def test_a_level_that_holds_less_than_before_is_a_failure() -> None:
    better = verdicts.with_capacity(verdicts.bottleneck(), knee_users=Interval(200.0, 190.0, 210.0))
    found = cases(verdicts.bottleneck(), comparison=compare(better, verdicts.bottleneck()))
    assert found["10,000 tenants"][0] == "failure"
    assert "the knee fell from 200 users to 77 users" in found["10,000 tenants"][1]
    assert found["1,000 tenants"][0] == "passed"


def test_a_violation_is_a_failure() -> None:
    leak = thin.violation("tenant-leak", "GET /dashboard", "3 answers were another tenant's.")
    kind, message = cases(replace(verdicts.bottleneck(), violations=(leak,)))["no correctness violation"]
    assert (kind, message) == ("failure", "tenant-leak: GET /dashboard: 3 answers were another tenant's.")


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [("bottleneck", "passed"), ("not_reached", "passed"), ("inconclusive", "passed"), ("target_failed", "failure"),
     ("invalid", "error"), ("generator_limited", "error")],
)  # fmt: skip
def test_levels_by_outcome(outcome: VerdictOutcome, kind: str) -> None:
    assert cases(verdicts.outcomes()[outcome])["10,000 tenants"][0] == kind


@pytest.mark.parametrize("about", [{"outcome": "interrupted"}, {"outcome": "running"}, {}])
def test_an_incomplete_run_is_an_error_beside_its_levels(about: JSON) -> None:
    found = cases(verdicts.bottleneck(), about)
    assert found["the run is complete"][0] == "error"
    assert found["10,000 tenants"][0] == "passed"


def test_nothing_measured_is_never_green() -> None:
    assert {"error"} & {kind for kind, _ in cases(thin.verdict("invalid")).values()}


@pytest.mark.parametrize("hostile", ["\x00\x1b[31m", "]]><x>", "\ud800", "\ufffe", '"&<'])
def test_hostile_text_leaves_the_xml_whole(hostile: str) -> None:
    wrong, level = thin.violation(hostile, sentence=hostile), thin.level(100, "invalid", sentence=hostile)
    verdict = replace(verdicts.bottleneck(), sentence=hostile, violations=(wrong,), levels=(level,))
    assert cases(verdict)["no correctness violation"][0] == "failure"


def state(verdict: Verdict) -> str:
    """What CI makes of all cases together."""
    kinds = {kind for kind, _ in cases(verdict, {"outcome": verdict.run.outcome}).values()}
    return "error" if "error" in kinds else "failure" if "failure" in kinds else "pass"


@pytest.mark.parametrize("outcome", verdicts.outcomes())
def test_the_cases_together_are_what_the_run_comes_to(outcome: VerdictOutcome) -> None:
    """`conclusion` in verdict.json and junit.xml are read by different people, who must not hear two things."""
    usual = verdicts.outcomes()[outcome]
    missed = verdicts.with_objectives(usual, wanted_users=10_000)
    for verdict in (usual, missed, *(replace(usual, run=RunEnd(end, None)) for end in ("interrupted", "running"))):
        assert state(verdict) == conclusion(verdict).junit
