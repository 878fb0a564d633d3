"""When a target hangs: users wait for it, and nothing has ended for ten seconds or three times its slowest answer."""

from __future__ import annotations

from typing import Any

import pytest

from conductor.hang import HangWatch, Hung


def hung_after(lines: list[dict[str, Any]]) -> float | None:
    """The second in which the watch takes the target for hung, each line being a second; None: it never does."""
    watch = HangWatch()
    for at, line in enumerate(lines, 1):
        told = {"at": float(at), "seconds": 1.0, **line}
        watch.take(told)
        try:
            watch.check(told)
        except Hung:
            return at
    return None


def answered(ms: float = 20.0) -> dict[str, Any]:
    return {"requests": 15, "slowest_ms": ms}


def waiting(ms: float = 20.0, users: int = 15) -> dict[str, Any]:
    return {"requests": 0, "in_flight": users, "slowest_ms": ms}


THINKS = waiting(users=0)


@pytest.mark.parametrize(
    ("lines", "at"),
    [
        ([answered(), *[waiting()] * 12], 11),
        ([waiting()] * 12, 10),  # from the first request on
        ([answered(9_000.0), *[waiting(9_000.0)] * 30], 28),  # three times its slowest answer
        ([answered(9_000.0), *[waiting(9_000.0)] * 25], None),
        ([answered(), *[waiting()] * 9, answered(), *[waiting()] * 9], None),  # one answer is an answer
        ([answered(), *[THINKS] * 40], None),  # everybody thinks
        ([answered(), *[waiting()] * 6, THINKS, *[waiting()] * 9], None),
        ([{"requests": 15, "failures": 15, "slowest_ms": 0.0}] * 40, None),  # what fails at once has ended
        ([answered(), *[waiting(users=1)] * 12], 11),  # one who waits is enough where nobody else asks
    ],
)
def test_a_target_hangs_when_users_wait_and_nothing_ends(lines: list[dict[str, Any]], at: int | None) -> None:
    assert hung_after(lines) == at
