"""JUnit for CI: a test case for each tenant level, and one for violations."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as xml

from rampart.model import JSON
from reports.levels import Level, levels
from reports.numbers import count, tenants
from reports.shape import clean, whole, whole_comparison
from reports.words import UNPUBLISHED, headline, incomplete


def suite(name: str, about: JSON, verdict: JSON, comparison: JSON | None = None) -> str:
    """The XML text; `name` is the run folder's name, `about` is `run.json`.

    A level fails when it missed an objective: no load that was tried met the target's, its capacity row says
    `"objective": {"held": false}`, or the comparison says that it holds less than before. It is in error when the
    measurement was at fault, and skipped when it was inconclusive or the run ended before it.
    """
    told, compared = whole(verdict), whole_comparison(comparison)
    root = xml.Element("testsuites")
    cases = xml.SubElement(root, "testsuite", name=f"rampart {clean(name)}")
    found = levels(told)
    for level in found:
        _level(cases, level, told, compared)
    _violations(cases, told["violations"])
    if not found or incomplete(about):
        _unfinished(cases, incomplete(about) or headline(told))
    _count(cases)
    said = xml.SubElement(cases, "system-out")
    said.text = "\n".join(filter(None, [headline(told), compared["sentence"]]))
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _case(cases: xml.Element, name: str, seconds: float = 0.0) -> xml.Element:
    return xml.SubElement(cases, "testcase", classname="rampart", name=name, time=f"{seconds:.3f}")


def _level(cases: xml.Element, level: Level, told: JSON, comparison: JSON) -> None:
    case = _case(cases, tenants(level.tenants), sum(point["seconds"] or 0.0 for point in level.points))
    outcome = level.outcome or told["outcome"]
    if outcome in UNPUBLISHED:
        xml.SubElement(case, "error", type=outcome, message=level.sentence or headline(told))
        return
    missed = _missed(level, told, comparison)
    if missed:
        xml.SubElement(case, "failure", type="objective", message=missed[0]).text = "\n".join(missed)
    elif outcome not in ("bottleneck", "not_reached"):
        xml.SubElement(case, "skipped", message=level.sentence or headline(told))
    elif level.sentence:
        xml.SubElement(case, "system-out").text = level.sentence


def _missed(level: Level, told: JSON, comparison: JSON) -> list[str]:
    """A sentence for each objective that this level missed."""
    row = level.capacity or {}
    slo = row.get("slo_users") or {}
    told_objective = row.get("objective")
    sentences = []
    if isinstance(told_objective, dict) and told_objective.get("held") is False:
        sentences.append(clean(told_objective.get("sentence")) or level.sentence or headline(told))
    if not slo.get("met") and slo.get("missed") is not None:
        said = f"The objective of {tenants(level.tenants)} was missed from {count(slo['missed'])} users on"
        sentences.append(f"{said}, the smallest load that was tried. {level.sentence}".rstrip())
    lower = [row for row in comparison["levels"] if row["tenants"] == level.tenants and row["change"] == "lower"]
    sentences += [row["sentence"] for row in lower]
    return sentences


def _violations(cases: xml.Element, violations: Sequence[JSON]) -> None:
    case = _case(cases, "no correctness violation")
    if violations:
        sentences = [": ".join(filter(None, [row["id"], row["endpoint"], row["sentence"]])) for row in violations]
        xml.SubElement(case, "failure", type="violation", message=sentences[0]).text = "\n".join(sentences)


def _unfinished(cases: xml.Element, reason: str) -> None:
    xml.SubElement(_case(cases, "the run is complete"), "error", type="incomplete", message=reason)


def _count(cases: xml.Element) -> None:
    every = cases.findall("testcase")
    cases.set("tests", str(len(every)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        cases.set(attribute, str(sum(case.find(tag) is not None for case in every)))
    cases.set("time", f"{sum(float(case.get('time', '0')) for case in every):.3f}")
