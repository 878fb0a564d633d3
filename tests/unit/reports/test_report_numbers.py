"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest

from rampart.verdict import ObjectiveBracket
from reports import numbers
from tests.planted.thin import capacity

S = numbers.THIN


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234.5, "1,230"), (0.012344, "0.0123"), (39.21, "39.2"), (9.996, "10.0"), (99.96, "100"),
     (-2.5, "-2.50"), (999.6, "1,000"), (1e-9, "1.00e-09"), (None, "–"), (math.nan, "–"), (True, "–"), ("7", "–")],
)  # fmt: skip
def test_three_significant_digits(value: object, text: str) -> None:
    assert numbers.three(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.4, f"0.400{S}ms"), (812.3, f"812{S}ms"), (999.7, f"1.00{S}s"), (12_000, f"12.0{S}s"), (150_000, f"2.50{S}min")],
)
def test_durations_change_unit(value: float, text: str) -> None:
    assert numbers.ms(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, f"0{S}%"),
        (0.0004, f"<{S}0.1{S}%"),
        (0.013, f"1.3{S}%"),
        (0.06, f"6{S}%"),
        (0.784, f"78{S}%"),
        (1, f"100{S}%"),
    ],
)
def test_a_small_error_ratio_never_reads_as_none(value: float, text: str) -> None:
    assert numbers.percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.9999, "0.9999"), (1_960_000.0, "1,960,000"), (102.5, "102.5"), (3.0, "3")]
)
def test_what_was_seen_is_not_rounded_to_the_threshold(value: float, text: str) -> None:
    assert numbers.seen(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, f"0{S}B"), (512, f"512{S}B"), (8_323_000_000, f"7.75{S}GiB")])
def test_sizes(value: float, text: str) -> None:
    assert numbers.size(value) == text


@pytest.mark.parametrize(
    ("met", "missed", "text"),
    [(60, 90, "lost between 60 and 90 users"), (400, None, "met up to 400 users"), (None, 5, "missed from 5 users on"),
     (None, None, "–")],
)  # fmt: skip
def test_the_objective_is_a_bracket(met: int | None, missed: int | None, text: str) -> None:
    assert numbers.objective(capacity(slo_users=ObjectiveBracket(met, missed))) == text


def test_what_the_objective_was_lost_by_is_told_where_it_is_not_latency_alone() -> None:
    def told(met: int | None, *by: str) -> str:
        return numbers.objective(capacity(slo_users=ObjectiveBracket(met, 90, by, "cliff")))

    assert told(60, "latency") == "lost between 60 and 90 users, a cliff"
    assert told(60, "failures", "latency") == "lost between 60 and 90 users by failures and latency, a cliff"
    assert told(None, "failures", "latency") == "missed from 90 users on by failures and latency"
