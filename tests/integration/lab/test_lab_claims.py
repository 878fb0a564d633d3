"""Each claim can be measured, and its mechanism is what it says; how long things take is the machine's affair."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import lab.claims
from lab.claims._claim import Claim, Measured
from lab.staging import Lab
from rampart.plugins import discover
from tests.integration.lab.data import seeded
from tests.integration.lab.pgbouncer import needed

CLAIMS = discover(lab.claims, Claim)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One for the claims that do not touch each other."""
    with seeded("n-plus-one", "sync-work") as started:
        yield started


def measured(name: str, lab: Lab | None = None) -> Measured:
    """On a lab that is up, or on one of its own."""
    if lab is not None:
        assert set(CLAIMS[name].flaws) <= set(lab.in_force)
        return CLAIMS[name].measure(lab)
    with seeded(*CLAIMS[name].flaws) as started:
        return CLAIMS[name].measure(started)


def values(found: Measured, unit: str) -> dict[str, float]:
    return {what: value for what, value, of in found.rows if of == unit}


def test_a_scan_grows_with_the_table_and_an_index_ends_it(lab: Lab) -> None:
    found = measured("full-scan", lab)
    ms = values(found, "ms")
    assert ms["500,000 rows"] > 5 * ms["10,000 rows"]
    assert ms["with an index"] < ms["500,000 rows"] / 5


def test_a_loop_sends_a_statement_for_each_row(lab: Lab) -> None:
    found = measured("n-plus-one", lab)
    assert values(found, "statements")["in a loop"] > 10
    assert values(found, "statements")["in one statement"] == 1


def test_pools_of_ten_pass_the_limit(lab: Lab) -> None:
    found = measured("pool-arithmetic", lab)
    limit, fit = values(found, "connections")["max_connections"], values(found, "instances")["pools of ten that fit"]
    assert found.agrees
    assert limit / 10 - 3 < fit < limit / 10
    assert "connection slots" in found.said or "too many clients" in found.said


@needed
def test_a_pooler_answers_three_hundred_connections_by_twenty() -> None:
    found = measured("pooler-multiplexes")
    seen = values(found, "connections")
    assert found.agrees
    assert seen["answered, transactions pooled"] == 300 > seen["max_connections"]
    assert seen["of the database, for them"] <= 20
    assert seen["answered, sessions pooled"] <= 2


def test_mail_in_the_request_waits_for_the_relay_and_by_a_worker_does_not(lab: Lab) -> None:
    ms = values(measured("mail-in-request", lab), "ms")
    assert ms["in the request, 24 at once"] > 1.5 * ms["in the request, 1 at once"]
    assert ms["by a worker, 24 at once"] < ms["in the request, 24 at once"] / 2


def test_what_was_written_is_seen_late_on_a_replica_and_at_once_on_the_primary() -> None:
    seconds = values(measured("replica-lag"), "s")
    assert 2.0 < seconds["read from a replica 3 s behind"] < 15.0
    assert seconds["read from the primary"] < 1.5


def test_a_replica_takes_its_share_of_the_reads() -> None:
    share = values(measured("replica-reads"), "% on the replica")
    assert share["all from the primary"] == 0
    assert share["in turns"] > 10


def test_the_queue_grows_while_requests_are_as_quick_as_before() -> None:
    found = measured("queue-warning")
    growth = values(found, "jobs a second")
    assert growth["4 a second"] < 1 < growth["32 a second"]


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=lambda claim: claim.name)
def test_a_claim_says_in_one_sentence_what_is_claimed(claim: Claim) -> None:
    assert claim.says.endswith(".") and len(claim.says) < 130
