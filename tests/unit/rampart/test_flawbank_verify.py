"""When a flaw is believed: by what it is said to do, and never by a measurement that was at fault."""

from __future__ import annotations

from typing import Any

import pytest

from lab.profiles import FLAWS
from rampart.conductor.flawbank_verify import _compared


def verdict(outcome: str = "bottleneck", knee: float | None = None, *violations: str) -> dict[str, Any]:
    around = None if knee is None else {"value": knee, "low": 0.9 * knee, "high": 1.1 * knee}
    row = {"tenants": 100, "knee_users": around, "tested_users": 400, "slo_users": {"met": 400, "missed": None}}
    return {"outcome": outcome, "violations": [{"id": one} for one in violations], "capacity": [row]}


HELD = verdict("not_reached")


@pytest.mark.parametrize(
    ("flaw", "flawed", "mended", "expected"),
    [
        ("app-pool", verdict(knee=100.0), HELD, True),
        ("app-pool", verdict(knee=100.0), verdict(knee=104.0), False),
        ("app-pool", verdict("invalid", 100.0), HELD, None),
        ("app-pool", verdict(knee=100.0), verdict("generator_limited"), None),
        ("app-pool", {**verdict("invalid"), "capacity": []}, HELD, None),
        ("shared-key", verdict("not_reached", None, "tenant-leak"), HELD, True),
        ("shared-key", verdict(knee=100.0), HELD, False),  # it leaked nothing, whatever else moved
        ("shared-key", verdict("not_reached", None, "tenant-leak"), verdict("not_reached", None, "tenant-leak"), False),
        ("load-generator", verdict("generator_limited"), HELD, True),
        ("load-generator", verdict(knee=100.0), HELD, False),  # the generator was not the limit
    ],
)
def test_a_flaw_is_believed_by_what_it_is_said_to_do(
    flaw: str, flawed: dict[str, Any], mended: dict[str, Any], expected: bool | None
) -> None:
    assert _compared(FLAWS[flaw], flawed, mended)[0] is expected
