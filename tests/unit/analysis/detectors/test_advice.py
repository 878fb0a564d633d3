"""More of something is advised only where what stands behind it has room: recordings as they were, and were it full."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.level.level_data import LevelData
from analysis.level.recorded import read
from analysis.ranking.judge import judge
from analysis.thresholds import HOST_SATURATED
from rampart import resources
from rampart.resources import ResourceName
from rampart.runs import Run

RECORDINGS = Path(__file__).parents[3] / "recordings"


def level(recording: str, full: ResourceName | None = None) -> LevelData:
    """The last level, with a resource full at the knee."""
    found = read(Run.open(RECORDINGS / recording)).levels[-1]
    if full is None:
        return found
    return replace(found, high=[replace(p, utilisation={**p.utilisation, full: 0.97}) for p in found.high])


def remedy(finding: str, of: LevelData) -> str:
    [found] = [one for one in judge(of, [], draws=0).ranked if one.id == finding]
    return found.remedy.text


# A recording, its finding, what is advised as it was, what must be full for that to help nobody, and what is said then.
CASES = [
    ("app-cpu", "app-cpu", "Run more application processes", resources.HOST_CPU, "more processes on it bring nothing"),
    ("workers", "workers", "Run more workers on default;", resources.HOST_CPU, "on another machine, for this"),
    ("app-pool", "app-pool", "then size the pool", resources.REDIS_CACHE, "the cache server is full"),
    ("app-pool", "app-pool", "then size the pool", resources.CONNECTIONS, "connections is full"),
    ("pooler", "pooler", "for the database has room", resources.DB_PROCESSOR, "processor is full"),
]  # fmt: skip


@pytest.mark.parametrize(("recording", "finding", "advised", "full", "said"), CASES)
def test_no_more_is_advised_before_something_full(
    recording: str, finding: str, advised: str, full: ResourceName, said: str
) -> None:
    assert advised in remedy(finding, level(recording))
    now = remedy(finding, level(recording, full))
    assert advised not in now and said in now


def test_what_more_processes_are_worth_at_most_is_said() -> None:
    """Just below a full host it is little: no step lies between that and nothing."""
    one, busy = level("app-cpu"), HOST_SATURATED - 0.01
    nearly = replace(one, high=[replace(p, utilisation={**p.utilisation, resources.HOST_CPU: busy}) for p in one.high])
    assert f"the host is {busy:.0%} busy, so at most ×{1 / busy:.2g}" in remedy("app-cpu", nearly)


def test_workers_whose_jobs_wait_for_something_else_are_not_to_be_more() -> None:
    text = remedy("workers", level("lock-contention-slows-jobs"))
    assert text.startswith("See first what the jobs on default wait for") and "Run more workers" not in text
