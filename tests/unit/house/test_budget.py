"""The limit of the unit tests' CPU time: it bites, and a slower machine has more of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests import budget


def test_too_much_is_told_and_less_is_not() -> None:
    little, much = Counter({"unit": budget.UNIT_CPU_S}), Counter({"unit": 1.5 * budget.UNIT_CPU_S, "collection": 3.0})
    assert not budget.exceeded(little, budget.REFERENCE_S)
    assert budget.exceeded(much, budget.REFERENCE_S)
    assert "too much" not in budget.lines(little, budget.REFERENCE_S)[-1]
    assert "too much" in budget.lines(much, budget.REFERENCE_S)[-1]


def test_a_machine_half_as_fast_has_twice_the_time_and_a_quick_one_no_less() -> None:
    there = budget.limit_s(budget.REFERENCE_S)
    assert budget.limit_s(2 * budget.REFERENCE_S) == 2 * there
    assert budget.limit_s(0.5 * budget.REFERENCE_S) == there


def test_a_file_belongs_to_its_part() -> None:
    tests = Path("/checkout/tests")
    assert budget.part_of(tests / "unit/knee/test_knee.py", tests) == "unit"
    assert budget.part_of(tests / "integration/lab/test_lab.py", tests) == "integration/lab"
    assert budget.part_of(tests / "integration/test_all.py", tests) == "integration"
