"""The HTML report: nothing comes from outside, hostile names stay text, every outcome has its headline."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from rampart.finding import Interval
from rampart.model import JSON
from rampart.verdict import Verdict, VerdictOutcome
from reports.compare import compare
from reports.comparison import write_comparison
from reports.render import render
from tests.planted import thin, verdicts
from tests.planted.findings import missing_index

SMALL = verdicts.LEVELS[-1:]  # enough where the pictures do not matter
CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Page(HTMLParser):
    """What a browser would find: tags with their attributes, and the text by the innermost tag around it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))

    def text(self, tag: str | None = None) -> str:
        return " ".join(" ".join(data.split()) for inner, data in self.texts if tag in (None, inner))

    def values(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags for key, value in attributes.items() if key == name and value]


def page(parent: Path, verdict: Verdict, **about: Any) -> Page:
    return Page(html(parent, verdict, **about))


def html(parent: Path, verdict: Verdict, **about: Any) -> str:
    return render(verdicts.run(parent, verdict, **about), verdict)[0].read_text()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    return html(tmp_path_factory.mktemp("planted"), verdicts.bottleneck())


def test_nothing_is_loaded_from_outside(planted: str) -> None:
    found = Page(planted)
    for name in ("src", "href", "xlink:href", "action", "data", "srcset", "background"):
        assert all(value.startswith(("#", "data:")) for value in found.values(name)), name
    assert not {tag for tag, _ in found.tags} & {"script", "link", "iframe", "object", "embed", "base", "form", "img"}
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", planted))
    assert "@import" not in planted
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": CSP}) in found.tags


def test_each_inner_link_has_one_target(planted: str) -> None:
    found = Page(planted)
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in found.values("href")} <= set(ids)
    assert {label for group in found.values("aria-labelledby") for label in group.split()} <= set(ids)


def test_a_reader_without_eyes_gets_the_pictures_and_tables(planted: str) -> None:
    found = Page(planted)
    pictures = [attributes for tag, attributes in found.tags if tag == "svg"]
    assert len(pictures) == 5
    assert all(picture["role"] == "img" and picture["aria-label"] for picture in pictures)
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in found.tags if tag == "th")
    assert ("html", {"lang": "en"}) in found.tags


def test_the_sentence_comes_first_and_the_rest_in_the_order_of_a_planner(planted: str) -> None:
    heads = [data.strip() for tag, data in Page(planted).texts if tag in ("h1", "h2") and data.strip()]
    assert heads[0] == verdicts.bottleneck().sentence
    wanted = [
        "How sure is this?", "How much it holds, by tenants", "What users feel as load rises",
        "Where the added milliseconds went", "Why missing-index comes first", "What to do", "What comes next",
        "What one request costs", "What could not be seen", "How this run was made",
    ]  # fmt: skip
    assert [head for head in heads if head in wanted] == wanted


def test_remedy_evidence_and_source_are_shown_whole(planted: str) -> None:
    first = missing_index()
    words = Page(planted).text()
    assert " ".join(first.remedy.sql.split()) in words
    for evidence in first.evidence:
        assert evidence.claim in words
        assert evidence.source in words
    assert "Does not hold:" in words


def test_the_objectives_are_told_as_they_are_stated(tmp_path: Path) -> None:
    page = html(tmp_path, verdicts.with_objectives(verdicts.bottleneck(), wanted_users=100))
    assert f"objective (p95 &lt; {verdicts.SLO_MS:g}ms, errors &lt; 1%)" in page
    words = Page(page).text()
    assert "Objective missed: 10,000 tenants: latency (p95 < 500ms)" in words
    assert "Objective met: 100 tenants: latency" in words


@pytest.mark.parametrize("outcome", verdicts.outcomes())
def test_each_outcome_has_its_headline_and_publishes_no_more_than_it_may(
    tmp_path: Path, outcome: VerdictOutcome
) -> None:
    verdict = verdicts.outcomes()[outcome]
    found = page(tmp_path, verdict)
    headline = found.text("h1")
    assert headline == (verdict.sentence or headline) != ""
    trusted = outcome not in ("invalid", "generator_limited")
    assert ("How much it holds, by tenants" in found.text("h2")) == trusted
    assert ("the target's figures" in found.text("h2")) != trusted
    assert any("knee" in name for name in found.values("id")) == (
        outcome in ("bottleneck", "inconclusive", "target_failed")
    )
    assert "CREATE INDEX" not in found.text() or outcome == "bottleneck"


def test_the_title_stands_at_the_head_and_the_sentence_below_it(tmp_path: Path) -> None:
    verdict = replace(verdicts.bottleneck(SMALL), title="7 users held, limited by a missing index")
    found = page(tmp_path, verdict)
    assert found.text("h1") == verdict.title
    assert found.text().index(verdict.title) < found.text().index(verdict.sentence)


def test_headlines_without_a_sentence_differ_by_outcome(tmp_path: Path) -> None:
    said = {}
    for outcome in verdicts.outcomes():
        shutil.rmtree(tmp_path)
        said[outcome] = page(tmp_path, thin.verdict(outcome)).text("h1")
    assert len(set(said.values())) == len(said)
    assert all(said.values())


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    hostile = '<script>alert("1")</script><img src=http://evil.example/x>\x1b]0;owned\x07'
    usual = verdicts.bottleneck(SMALL)
    assert usual.profile is not None
    cost, added = usual.profile.endpoints[0], usual.ledger[0]
    verdict = replace(
        usual,
        first=replace(missing_index(), endpoint=hostile, id=hostile, resource=hostile),
        sentence=hostile,
        violations=(thin.violation(hostile, sentence=hostile),),
        profile=replace(usual.profile, endpoints=(replace(cost, endpoint=hostile),)),
        points=(replace(usual.points[0], utilisation={hostile: 0.5}),),
        ledger=(replace(added, parts=(replace(added.parts[0], what=hostile, resource='"><script>'),)),),
    )
    found = page(tmp_path, verdict, target={"name": hostile, hostile: hostile})
    assert not {"script", "img"} & {tag for tag, _ in found.tags}
    assert '<script>alert("1")</script>' in found.text("h1")
    assert not re.search("[\x00-\x08\x0e-\x1f\x7f]", (tmp_path / "2026-11-23T0052-lab" / "report.html").read_text())


def test_secrets_in_the_run_are_masked(tmp_path: Path) -> None:
    canary = "hunter2canary"
    about = {"target": {"postgres": f"postgresql://app:{canary}@db/app", "token": canary, "note": f"password={canary}"}}
    verdict = replace(verdicts.bottleneck(SMALL), sentence=f"redis://:{canary}@cache refuses")
    run = verdicts.run(tmp_path, verdict, **about)
    run.log(1.0, "probe.database", f"could not reach postgresql://app:{canary}@db/app")
    for path in render(run, verdict):
        assert canary not in path.read_text()


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    verdict = verdicts.bottleneck(SMALL)
    one, two = (verdicts.run(tmp_path / name, verdict) for name in ("one", "two"))
    for first, second in zip(render(one, verdict), render(two, verdict), strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_violations_stand_above_the_verdict(tmp_path: Path) -> None:
    leak = thin.violation("tenant-leak", "GET /dashboard", "3 answers belonged to another tenant.")
    text = html(tmp_path, replace(verdicts.bottleneck(SMALL), violations=(leak,)))
    assert text.index("3 answers belonged to another tenant.") < text.index("<h1>")


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"outcome": "interrupted"}, "it was interrupted"),
        ({"outcome": "running"}, "it never ended"),
        (
            {"outcome": "failed", "error": {"what": "the target is gone", "why": "refused"}},
            "the target is gone: refused",
        ),
    ],
)
def test_an_incomplete_run_says_so_before_the_sentence(tmp_path: Path, about: JSON, said: str) -> None:
    text = html(tmp_path, verdicts.bottleneck(SMALL), **about)
    assert said in text[: text.index("<h1>")]


def test_a_whole_run_does_not_claim_to_be_incomplete(planted: str) -> None:
    assert "incomplete" not in planted


def test_a_comparison_is_read_from_the_run(tmp_path: Path) -> None:
    verdict = verdicts.bottleneck(SMALL)
    better = verdicts.with_capacity(verdict, knee_users=Interval(200.0, 190.0, 210.0))
    run = verdicts.run(tmp_path, verdict)
    write_comparison(run, compare(better, verdict))
    for path in render(run, verdict)[:3]:
        assert "10,000 tenants: the knee fell from 200 users to 77 users" in path.read_text().replace("\\", "")
