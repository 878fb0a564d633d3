"""`--why` traces the verdict: each number of its sentence, where it was recorded, and the rule that decided."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analysis import thresholds
from analysis.ranking.judge import DETECTORS
from rampart.verdict import Verdict
from reports.explanation import why
from reports.numbers import rate
from tests.planted import verdicts

RECORDINGS = sorted(path.parent for path in (Path(__file__).parents[2] / "recordings").glob("*/truth.json"))
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?%?")


@pytest.fixture(scope="module", params=RECORDINGS, ids=lambda folder: folder.name)
def verdict(request: pytest.FixtureRequest, verdict_of: Callable[[Path], Verdict]) -> Verdict:
    return verdict_of(request.param)


def test_each_number_of_the_sentence_is_traced(verdict: Verdict) -> None:
    text = why(verdict)
    assert verdict.sentence not in text
    said = set(NUMBER.findall(verdict.sentence))
    assert said and said <= set(NUMBER.findall(text))


def test_the_first_and_each_rival_have_their_numbers_their_source_and_their_rule(verdict: Verdict) -> None:
    blocks = why(verdict).split("\n\n")
    found = [block for block in blocks if block.startswith(("FIRST: ", "rival: "))]
    assert len(found) == len(verdict.ranked)
    assert sum(block.startswith("FIRST: ") for block in found) == (verdict.first is not None)
    for block, row in zip(found, verdict.ranked, strict=True):
        assert block.count("recorded in: ") == len(row.evidence) > 0
        assert "  decided by: " in block
        assert ("  not first: " in block) == block.startswith("rival: ")


def test_rules_quote_thresholds_that_exist_with_their_value(verdict: Verdict) -> None:
    rows, text = [*verdict.ranked, *([verdict.first] if verdict.first else [])], why(verdict)
    for row in rows:
        own = {one.name: float(one) for one in DETECTORS[row.id].thresholds}
        assert row.thresholds == own
        assert all(value == getattr(thresholds, name) for name, value in row.rule.thresholds.items())
        for name in (*row.rule.thresholds, *own):
            assert f"{name} = " in text


def test_every_counted_stage_is_listed_with_where_it_was_recorded(verdict: Verdict) -> None:
    text = why(verdict)
    for point in verdict.points:
        assert f"  stage {point.stage}: {point.users} users, " in text
    assert "recorded in: requests-*.arrow" in text


def test_a_planted_verdict_without_intervals_is_told_without_them() -> None:
    text = why(verdicts.bottleneck())
    assert "FIRST: missing-index at 10,000 tenants" in text
    assert not re.search(r"\b(None|nan)\b", text)


def test_throughput_that_does_not_last_is_told_beside_what_does(verdict_of: Callable[[Path], Verdict]) -> None:
    [folder] = [folder for folder in RECORDINGS if folder.name == "sync-work-while-others-go-on"]
    told = verdict_of(folder)
    [passing] = [point for point in told.points if point.lasting_rps < point.throughput_rps]
    assert passing.users == 400
    wanted = f"400 users, {rate(passing.throughput_rps)} of which {rate(passing.lasting_rps)} last, "
    assert sum(wanted in line for line in why(told).splitlines()) == 1


def test_what_the_hypervisor_took_is_told_beside_what_was_seen() -> None:
    told = verdicts.bottleneck()
    stolen = replace(told.points[0], throughput_rps=58.6, lasting_rps=58.6, unstolen_rps=68.5)
    told = replace(told, points=(stolen, *told.points[1:]))
    wanted = f"{rate(58.6)} (at most {rate(68.5)} had the hypervisor taken nothing), "
    assert sum(wanted in line for line in why(told).splitlines()) == 1
