"""A target that failed is asked again: by one user, once all the others are gone, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest

from conductor import target_down
from conductor.live_tally import Tally


class Load:
    """Stands for a load process: how many users were asked for, in turn."""

    def __init__(self) -> None:
        self.users: list[int] = []

    def steer(self, users: int, spawn_rate: float) -> None:
        self.users.append(users)


@pytest.mark.parametrize(
    ("requests", "failures", "back"), [(1, 0, True), (3, 2, True), (2, 2, False), (0, 0, False)],
    ids=["answered", "answered at last", "refused", "silent"],
)  # fmt: skip
def test_one_user_asks_and_only_an_answer_counts(
    monkeypatch: pytest.MonkeyPatch, requests: int, failures: int, back: bool
) -> None:
    monkeypatch.setattr(target_down, "COMES_BACK_S", 0.05)
    load: Any = Load()

    def listen(tally: Tally, _: float) -> None:
        if load.users[-1] == 1 and not tally.requests:
            tally.requests, tally.failures = requests, failures

    assert target_down.answers_again(load, listen) is back
    assert load.users == [0, 1]
