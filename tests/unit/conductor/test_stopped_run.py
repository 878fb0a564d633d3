"""A rule that ends the load ends the run: further tenant levels are not begun, and that is said."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
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

    def __init__(self, *_: Any, rules: Any, **__: Any) -> None:
        assert list(rules.rules) == ["errors", "slow"]

    def carry_out(self) -> str:
        return "stopped by the rule slow"


def test_the_levels_after_it_are_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def nothing(*_: Any) -> Iterator[tuple[None, None]]:
        yield None, None

    monkeypatch.setattr(session, "TenantLevelRun", Stopped)
    monkeypatch.setattr(session, "watched_load", nothing)
    monkeypatch.setattr(session, "seed_level", lambda *_: None)
    run, clock = Run.create(tmp_path, "stopped", {})
    target = Target("shop", "http://127.0.0.1:1", stop={"slow": parse(RULE)})

    def level(levels_left: int) -> None:
        session._level(run, clock, target, 100, session.Options(target), Console(), itertools.count(), levels_left, 0.0)

    with pytest.raises(Incomplete, match="stopped by the rule slow, before 2 further tenant levels"):
        level(levels_left=3)
    level(levels_left=1)  # the last one is judged like any other
