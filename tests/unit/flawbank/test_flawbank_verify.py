"""When a flaw is believed: by what it is said to do, and never by a measurement that was at fault."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from commands._target import DEFAULT
from conductor.console import Console
from conductor.session import Options
from flawbank.run import Bank
from flawbank.verify import _compared, verify
from lab.profiles import FLAWS
from rampart.runs import Run
from rampart.target_file import read_target
from rampart.verdict import ObjectiveBracket, Verdict, VerdictOutcome
from tests.planted import thin


def verdict(outcome: VerdictOutcome = "bottleneck", knee: float | None = None, *violations: str) -> Verdict:
    row = thin.capacity(knee=knee, slo_users=ObjectiveBracket(400, None))
    return thin.verdict(outcome, capacity=[row], violations=[thin.violation(one) for one in violations])


HELD = verdict("not_reached")


@pytest.mark.parametrize(
    ("flaw", "flawed", "mended", "expected"),
    [
        ("app-pool", verdict(knee=100.0), HELD, True),
        ("app-pool", verdict(knee=100.0), verdict(knee=104.0), False),
        ("app-pool", verdict("invalid", 100.0), HELD, None),
        ("app-pool", verdict(knee=100.0), verdict("generator_limited"), None),
        ("app-pool", thin.verdict("invalid"), HELD, None),
        ("shared-key", verdict("not_reached", None, "tenant-leak"), HELD, True),
        ("shared-key", verdict(knee=100.0), HELD, False),  # it leaked nothing, whatever else moved
        ("shared-key", verdict("not_reached", None, "tenant-leak"), verdict("not_reached", None, "tenant-leak"), False),
        ("load-generator", verdict("generator_limited"), HELD, True),
        ("load-generator", verdict(knee=100.0), HELD, False),  # the generator was not the limit
    ],
)
def test_a_flaw_is_believed_by_what_it_is_said_to_do(
    flaw: str, flawed: Verdict, mended: Verdict, expected: bool | None
) -> None:
    assert _compared(FLAWS[flaw], flawed, mended)[0] is expected


def test_what_an_experiment_confirmed_is_not_ramped_again(tmp_path: Path) -> None:
    """Turn by turn says more than before and after; what was refused or not tried stays due."""
    bank = Bank(tmp_path)
    for number, (flaw, status) in enumerate({"app-pool:weak": "confirmed", "sync-work": "undecided"}.items()):
        run, _ = Run.create(tmp_path, f"lab{number}", {})
        run.write_json("confirm.json", {"status": status, "sentence": f"it is {status}"})
        bank.add({"key": flaw, "flaws": [flaw], "run": run.folder.name})
    options = Options(read_target(DEFAULT))
    rows = verify(bank, [FLAWS["app-pool"], FLAWS["sync-work"]], options, 0, Console(io.StringIO()))
    assert rows[0] == {"flaw": "app-pool", "ok": True, "said": "it is confirmed"}
    assert rows[1]["ok"] is None
