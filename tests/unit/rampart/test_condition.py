"""The grammar of objectives and stop rules: what it reads, and what is refused with one sentence and the right word."""

from __future__ import annotations

import pytest

from rampart.condition import ConditionError, parse


@pytest.mark.parametrize(
    ("said", "metric", "endpoint", "comparison", "value", "for_s"),
    [
        ('p95 of "GET /invoices" < 800ms', "p95", "GET /invoices", "<", 800.0, None),
        ("p95 > 20s for 10s", "p95", None, ">", 20_000.0, 10.0),
        ("errors > 50% for 5s", "errors", None, ">", 0.5, 5.0),
        ("errors<0.01", "errors", None, "<", 0.01, None),
        ("errors <= 0.02 ratio", "errors", None, "<=", 0.02, None),
        ("errors <= 0%", "errors", None, "<=", 0.0, None),
        ("p99.9 of GET /a b <= 1.5 s", "p99.9", "GET /a b", "<=", 1500.0, None),
        ("errors of 'POST /x < y' >= 5 % for 1 min", "errors", "POST /x < y", ">=", 0.05, 60.0),
        ("rate < 1/s for 30s", "rate", None, "<", 1.0, 30.0),
        ("Mean < 2 min", "mean", None, "<", 120_000.0, None),
        ("  p50   <\t.5s ", "p50", None, "<", 500.0, None),
    ],
)
def test_a_condition_is_taken_apart(
    said: str, metric: str, endpoint: str | None, comparison: str, value: float, for_s: float | None
) -> None:
    one = parse(said)
    assert (one.metric, one.endpoint, one.comparison, one.for_s) == (metric, endpoint, comparison, for_s)
    assert one.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("eror < 1%", "Did you mean 'errors'"),
        ("latency < 500ms", "'latency' is not measured.*Did you mean 'p95'"),
        ("throughput > 5/s for 5s", "Did you mean 'rate'"),
        ("p100 < 1s", "there is no p100"),
        ("p0 < 1s", "there is no p0"),
        ("p95 < 800", "800 has no unit.*ms, s, min"),
        ("p95 < 5 sec", "'sec' is not a unit of latency.*Did you mean 's'"),
        ("p95 < 5%", "'%' is not a unit of latency"),
        ("errors < 1", "1 has no unit"),
        ("errors < 1 percent", "Did you mean '%'"),
        ("rate < 5 rps for 5s", "Did you mean '/s'"),
        ("p95 > 5s for 10", "'10' is not a duration"),
        ("p95 > 5s for 10 seconds", "'seconds' is not a duration.*Did you mean 's'"),
        ("errors < 120%", "always holds.*between 0 % and 100 %"),
        ("errors > 120% for 5s", "never holds"),
        ("errors < 0%", "never holds"),
        ("errors >= 0%", "always holds"),
        ("p95 > 0ms", "always holds.*above 0"),
        ("p95 < 0s", "never holds"),
        ("p95 < -5ms", "never holds"),
        ("rate >= 0/s", "always holds"),
        ("p95 == 5ms", "this is not a condition.*p95 of"),
        ("p95 of < 5ms", "this is not a condition"),
        ("p95 < 800ms and errors < 1%", "has no unit|is not a condition"),
        ("p95", "this is not a condition"),
        ("", "this is not a condition"),
    ],
)
def test_what_is_none_says_why_and_names_the_right_word(said: str, wrong: str) -> None:
    with pytest.raises(ConditionError, match=wrong):
        parse(said)
