"""A replica that idles beside a full primary, and one that falls behind: told from what looks like either."""

from __future__ import annotations

from pathlib import Path

import pytest

from rampart.finding import Finding
from rampart.verdict import Verdict
from tests.planted.causes import Cause, verdict
from tests.planted.causes_replica import full_of_reads, lagging


def by_id(found: Verdict) -> dict[str, Finding]:
    return {f.id: f for f in found.ranked}


@pytest.mark.parametrize("cause", [full_of_reads(), full_of_reads(own_cores=False)], ids=["own cores", "own machine"])
def test_reads_that_an_idle_replica_could_answer_are_named(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert found.first.id == "primary-reads"
    assert found.first.share > 0.8
    assert "db-cpu" in found.first.consequences
    assert "fill the primary" in found.sentence


@pytest.mark.parametrize(
    "cause",
    [
        full_of_reads(writes=0.7),
        full_of_reads(text="SELECT * FROM orders WHERE shop_id = $1 FOR UPDATE"),
        full_of_reads(on_replica=0.5),
        full_of_reads(lag_s=30.0),
        full_of_reads(replica=False),
        full_of_reads(own_cores=False, together=True),
    ],
    ids=["writes too", "locks rows", "replica is used", "replica lags", "no replica", "both on the same cores"],
)
def test_a_full_processor_that_no_replica_would_relieve_is_capacity(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert found.first.id == "db-cpu"
    assert "primary-reads" not in by_id(found)


@pytest.mark.parametrize(("call_ms", "named"), [(25.0, "primary-reads"), (80.0, "slow-query")])
def test_a_replica_is_for_reads_that_are_many_and_not_for_one_that_is_slow(
    tmp_path: Path, call_ms: float, named: str
) -> None:
    assert verdict(tmp_path, full_of_reads(call_ms=call_ms)).first.id == named


def test_locks_are_not_for_a_replica_to_relieve(tmp_path: Path) -> None:
    assert "primary-reads" not in by_id(verdict(tmp_path, full_of_reads(locks=0.4)))


def test_a_replica_that_falls_behind_is_the_limit_however_fast_it_answers(tmp_path: Path) -> None:
    found = verdict(tmp_path, lagging())
    assert (found.first.id, found.first.limit_users) == ("replica-lag", 60)
    assert "reads from it are stale" in found.sentence
    assert "not replayed" in found.first.evidence[0].claim
    assert "recovery_min_apply_delay" in found.first.remedy.text


def test_the_remedy_is_for_the_part_that_lags(tmp_path: Path) -> None:
    assert "network" in verdict(tmp_path, lagging(part="send")).first.remedy.text


@pytest.mark.parametrize("cause", [lagging(lag_s=2.0), lagging(rows=0.0)], ids=["a short lag", "nobody reads from it"])
def test_a_lag_that_is_short_or_seen_by_nobody_is_only_suspected(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert found.outcome == "not_reached"
    assert by_id(found)["replica-lag"].status == "suspected"


def test_a_replica_that_follows_is_no_finding(tmp_path: Path) -> None:
    assert by_id(verdict(tmp_path, lagging(lag_s=0.3))) == {}
