"""A long way to the database: named by the round trips that requests wait for, and told from what looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planted.causes import Cause, verdict
from tests.planted.causes_network import far_database


@pytest.mark.parametrize(
    "cause",
    [
        far_database(),
        far_database(seen="span"),
        far_database(pooled=True),
        far_database(statements=1, way_ms=60.0),
    ],
    ids=["workers run out", "told by the application", "the pool runs out", "one statement, far away"],
)
def test_a_way_that_every_statement_goes_is_named(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert found.first is not None and found.first.id == "network", found.sentence
    assert found.first.share > 0.6


@pytest.mark.parametrize(
    "cause",
    [
        far_database(way_ms=0.4),
        far_database(statements=1, computed_ms=200.0),
        far_database(way_ms=0.4, executed_ms=12.0),
        far_database(process=0.97, computed_ms=40.0),
    ],
    ids=["a short way", "a short part of a long request", "slow statements", "a full process"],
)
def test_what_is_not_waiting_for_the_way_has_another_name(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert found.first is None or found.first.id != "network", found.sentence


def test_its_evidence_says_how_long_one_is_and_how_many_there_are(tmp_path: Path) -> None:
    found = verdict(tmp_path, far_database(way_ms=10.0, statements=6))
    assert found.first is not None
    one, every = (e.seen for e in found.first.evidence[:2])
    assert one == pytest.approx(10.0, rel=0.1)
    assert every == pytest.approx(60 / (60 + 6 * 0.7 + 5), rel=0.15)
