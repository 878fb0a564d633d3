"""The ledger of planted loads: its shares are right, its intervals cover the truth, and luck has no part in it."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.attribution.bootstrap import replicates
from analysis.attribution.latency_ledger import Ledger, ledger
from analysis.ranking.share_intervals import added_latency
from tests.planted.loads import Loads, case

PARTS = {"pool": "pool", "mail": "mail", "render": "app"}


def shares(entries: Ledger) -> dict[str, float]:
    parts = {"pool": entries.pool, "mail": entries.outside_work["mail"], "render": entries.app}
    return {name: ms / entries.added for name, ms in parts.items()}


def test_the_parts_sum_up_to_what_was_added() -> None:
    one = case(Loads(), seed=1)
    entries = ledger(one)
    assert entries.pool + sum(entries.outside_work.values()) + entries.app + entries.before_app == pytest.approx(
        entries.added
    )
    for again in replicates(one, 50):
        parts = again.pool + sum(again.outside_work.values()) + again.app + again.before_app + again.unexplained
        assert parts == pytest.approx(again.added)


def test_without_noise_the_shares_are_the_planted_ones() -> None:
    entries = ledger(case(Loads(window=0.0, stage=0.0), seed=1))
    assert shares(entries) == pytest.approx(Loads().shares(), abs=1e-6)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    covered, widths = [], []
    for seed in range(120):
        told = added_latency(*(lambda c: (c, ledger(c), replicates(c, 200)))(case(Loads(), seed)), [])
        rows = {row.resource: row for row in told.parts}
        for name, truth in Loads().shares().items():
            row = rows[PARTS[name]]
            covered.append(row.share_low <= truth <= row.share_high)
            widths.append(row.share_high - row.share_low)
    assert 0.9 <= np.mean(covered) <= 0.995
    assert np.median(widths) < 0.12


def test_more_noise_makes_wider_intervals() -> None:
    def width(plan: Loads) -> float:
        one = case(plan, seed=3)
        [pool] = [row for row in added_latency(one, ledger(one), replicates(one), []).parts if row.resource == "pool"]
        return float(pool.share_high - pool.share_low)

    assert width(Loads(window=0.4, stage=0.15)) > 2 * width(Loads())


def test_what_nothing_explains_is_an_entry_with_its_interval() -> None:
    """The target publishes no parts: nothing measures what was added, and that is said."""
    one = case(Loads(), seed=1)
    one.requests.span_count[:] = 0
    one.requests.span_ms[:] = 0
    one.requests.window_ms[..., 1:] = 0
    [rest] = added_latency(one, ledger(one), replicates(one), []).parts
    assert (rest.resource, rest.share) == ("unmeasured", pytest.approx(1.0))
    assert rest.share_low == pytest.approx(1.0) == rest.share_high
    assert rest.ms_low < rest.ms < rest.ms_high


def test_the_same_level_gives_the_same_draws() -> None:
    assert replicates(case(Loads(), seed=2)) == replicates(case(Loads(), seed=2))
