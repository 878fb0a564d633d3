"""JUnit for CI: a test case for each tenant level, and one for violations."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as xml

from rampart.exit_codes import TABLE, Ending
from rampart.model import JSON
from rampart.printable import clean
from rampart.verdict import Verdict, Violation
from rampart.verdict_exit_code import of_outcome
from reports.comparison import Comparison
from reports.levels import LevelView, levels
from reports.numbers import tenants
from reports.wording import headline, incomplete


def suite(name: str, about: JSON, verdict: Verdict, comparison: Comparison | None = None) -> str:
    """The XML text; `name` is the run folder's name, `about` is `run.json`.

    A level passes, fails or is in error as the table of endings says (`rampart/exit_codes.py`): it fails where the
    target failed or an objective was missed, to hold no less than before among them, and is in error where the
    measurement was at fault.
    """
    root = xml.Element("testsuites")
    cases = xml.SubElement(root, "testsuite", name=f"rampart {clean(name)}")
    found = levels(verdict)
    for level in found:
        _level(cases, level, verdict, _missed(level, verdict, comparison))
    _violations(cases, verdict.violations)
    if not found or incomplete(about):
        _unfinished(cases, incomplete(about) or headline(verdict))
    _count(cases)
    said = xml.SubElement(cases, "system-out")
    said.text = "\n".join(filter(None, [headline(verdict), comparison.sentence if comparison else ""]))
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _case(cases: xml.Element, name: str, seconds: float = 0.0) -> xml.Element:
    return xml.SubElement(cases, "testcase", classname="rampart", name=name, time=f"{seconds:.3f}")


def _level(cases: xml.Element, level: LevelView, verdict: Verdict, missed: Sequence[str]) -> None:
    case = _case(cases, tenants(level.tenants), sum(point.seconds for point in level.points))
    ending = of_outcome(level.outcome or verdict.outcome, missed=bool(missed))
    state, said = TABLE[ending].junit, level.sentence or headline(verdict)
    if ending is Ending.MISSED:
        xml.SubElement(case, state, type="objective", message=missed[0]).text = "\n".join([*missed, level.sentence])
    elif state != "pass":
        xml.SubElement(case, state, type=level.outcome or verdict.outcome, message=said)
    elif level.sentence:
        xml.SubElement(case, "system-out").text = level.sentence


def _missed(level: LevelView, verdict: Verdict, comparison: Comparison | None) -> list[str]:
    """A sentence for each objective that this level missed."""
    rows = [row for row in verdict.objectives if row.tenants == level.tenants and row.met is False]
    compared = comparison.levels if comparison else ()
    return [f"objective missed: {row.sentence}" for row in rows] + [
        r.sentence for r in compared if r.tenants == level.tenants and r.change == "lower"
    ]


def _violations(cases: xml.Element, violations: Sequence[Violation]) -> None:
    case = _case(cases, "no correctness violation")
    if violations:
        sentences = [": ".join(filter(None, [row.id, row.endpoint, row.sentence])) for row in violations]
        xml.SubElement(case, "failure", type="violation", message=sentences[0]).text = "\n".join(sentences)


def _unfinished(cases: xml.Element, reason: str) -> None:
    xml.SubElement(_case(cases, "the run is complete"), "error", type="incomplete", message=reason)


def _count(cases: xml.Element) -> None:
    every = cases.findall("testcase")
    cases.set("tests", str(len(every)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        cases.set(attribute, str(sum(case.find(tag) is not None for case in every)))
    cases.set("time", f"{sum(float(case.get('time', '0')) for case in every):.3f}")
