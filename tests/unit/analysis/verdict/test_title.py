"""The head of a page: a dozen words that say what is held and what the limit is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.verdict.title import title
from rampart.verdict import Verdict
from tests.unit.analysis.verdict.test_recordings import RECORDINGS


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing-index", "60 users held at 10,000 tenants, limited by a missing index on public.invoice_lines"),
        ("healthy", "400 users held at 1,000 tenants, no bottleneck reached"),
        ("load-generator", "The load generator was the limit, not the target"),
    ],
)
def test_the_title_says_what_is_held_and_what_limits_it(
    name: str, said: str, verdict_of: Callable[[Path], Verdict]
) -> None:
    folder = next(folder for folder in RECORDINGS if folder.name == name)
    assert verdict_of(folder).title.startswith(said)


def test_no_title_of_a_recording_is_longer_than_it_can_be_read_at_a_glance(
    verdict_of: Callable[[Path], Verdict],
) -> None:
    titles = [verdict_of(folder).title for folder in RECORDINGS]
    assert all(0 < len(one.split()) <= 20 for one in titles)
    assert sorted(len(one.split()) for one in titles)[len(titles) // 2] <= 14


def test_where_nothing_was_measured_the_title_says_so() -> None:
    assert title(None, interrupted=False) == "The measurement cannot be trusted"
    assert title(None, interrupted=True) == "The run was interrupted before its first stage ended"
