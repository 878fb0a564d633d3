"""A rule that ends the load ends the run: further tenant levels are not begun, and that is said."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from conductor import session
from conductor.console import Console
from conductor.stop_rules import Stop
from rampart.condition import parse
from rampart.config import Target
from rampart.errors import Incomplete
from rampart.runs import Run

RULE = "p95 > 20s for 10s"


class Stopped:
    """Stands for a level that a rule ended."""

    stopped = Stop("slow", RULE, 12.0, 240)
    gone = False

    def __init__(self, *_: Any, rules: Any, **__: Any) -> None:
        assert list(rules.rules) == ["errors", "slow"]

    def carry_out(self) -> str:
        return "stopped by the rule slow"


class Gone(Stopped):
    """Stands for one at which the target failed and did not come back, whatever ended it."""

    gone = True


Ended = Callable[[type[Stopped], int], bool]


@pytest.fixture
def ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ended:
    """Carries out such a level, with so many left; whether no further one can follow."""

    @contextmanager
    def nothing(*_: Any) -> Iterator[tuple[None, None]]:
        yield None, None

    monkeypatch.setattr(session, "watched_load", nothing)
    monkeypatch.setattr(session, "seed_level", lambda *_: None)
    run, clock = Run.create(tmp_path, "stopped", {})
    target = Target("shop", "http://127.0.0.1:1", stop={"slow": parse(RULE)})

    def level(kind: type[Stopped], left: int) -> bool:
        monkeypatch.setattr(session, "TenantLevelRun", kind)
        return session._level(
            run, clock, target, 100, session.Options(target), Console(), itertools.count(), left, 0.0
        )  # fmt: skip

    return level


def test_the_levels_after_it_are_not_begun(ended: Ended) -> None:
    with pytest.raises(Incomplete, match="stopped by the rule slow, before 2 further tenant levels"):
        ended(Stopped, 3)
    assert ended(Stopped, 1) is False  # the last one is judged like any other


def test_where_the_target_is_gone_the_run_is_whole_and_no_level_follows(ended: Ended) -> None:
    """It is a verdict on the target, not a measurement that was cut short."""
    assert ended(Gone, 3) is True
