"""However a load ends, nothing of it goes on: also where it ends before the first probe is open."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from conductor import observed_load as module
from conductor.refusals import Refusals
from rampart.config import Target
from rampart.model import Gap
from rampart.runs import Run


class Load:
    """A load that remembers with how much patience it was ended."""

    pid = 1
    ended: ClassVar[list[float]] = []
    refusals = Refusals()

    def __init__(self, *_: object) -> None:
        Load.ended = []

    def end(self, patience_s: float, say: object) -> None:
        Load.ended.append(patience_s)


def test_an_interrupt_while_probes_are_opened_ends_the_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "LoadProcess", Load)
    monkeypatch.setattr(module, "Watch", interrupted)
    run, clock = Run.create(tmp_path, "x", {})
    with (
        pytest.raises(KeyboardInterrupt),
        module.watched_load(run, clock, Target("x", "http://127.0.0.1:1"), None, "1", str),
    ):
        pytest.fail("nothing is watched")
    assert len(Load.ended) == 1
    assert Load.ended[0] < 1


def test_what_one_level_could_not_see_is_not_forgotten_at_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Watched:
        def __init__(self, *arguments: object) -> None:
            both, own = (Gap(code, "not there", ("db-io",), "Open it.") for code in ("BOTH", f"LEVEL {arguments[-1]}"))
            self.gaps = [both, own]

        def close(self) -> None:
            return

    monkeypatch.setattr(module, "LoadProcess", Load)
    monkeypatch.setattr(module, "Watch", Watched)
    run, clock = Run.create(tmp_path, "x", {})
    for part in ("100", "1000"):
        with module.watched_load(run, clock, Target("x", "http://127.0.0.1:1"), None, part, str):
            pass
    assert [gap["code"] for gap in run.about["gaps"]] == ["BOTH", "LEVEL 100", "LEVEL 1000"]
