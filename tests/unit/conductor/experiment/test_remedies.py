"""Remedies of a target of one's own: found by the finding, run with a deadline, only where that is allowed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conductor.console import Console
from conductor.experiment import run as confirm
from conductor.experiment.blocks import TIMING, Suspect, loads, timing_of
from conductor.experiment.journal import in_force
from conductor.experiment.journalled import journalled
from conductor.experiment.remedies import CommandRemedy, Placebo, as_target, for_target
from rampart.condition import parse
from rampart.config import LoadSettings, RemedyCommands, Seed, Target, Version
from rampart.errors import Incomplete, NotReady, UsageError
from rampart.runs import Run
from rampart.target_file import read_target
from tests.planted.thin import capacity, finding, verdict

FINDING = finding("missing-index", resource="public.orders (account_id)", endpoint="GET /orders")


def target(*remedies: RemedyCommands, **changes: object) -> Target:
    return replace(Target("shop", "http://127.0.0.1:1", disposable=True, remedies=remedies), **changes)  # type: ignore[arg-type]


def test_a_lab_is_driven_as_its_target_file_says() -> None:
    lab = SimpleNamespace(target=Target("lab", "http://127.0.0.1:8000", disposable=True, lab=True))
    said = Target(
        "mine", "http://127.0.0.1:1", version=Version(name="1.4.2"), load=LoadSettings(max_users=7),
        seed=Seed(seed=3), objectives={"slow": parse("p95 < 1s")}, stop={"slow": parse("p95 > 20s for 10s")},
    )  # fmt: skip
    driven: Any = as_target(lab, said)  # type: ignore[arg-type]
    names = ("name", "version", "load", "seed", "objectives", "stop")
    assert [getattr(driven, name) for name in names] == [getattr(said, name) for name in names]
    assert (driven.url, driven.disposable) == (lab.target.url, True)


def test_a_target_file_names_commands_by_finding_and_resource(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(
        'name = "shop"\nurl = "http://127.0.0.1:1"\ndisposable = true\n'
        '[[remedies]]\nfinding = "missing-index"\nresource = "public.users"\napply = "a"\nundo = "b"\n'
        '[[remedies]]\nfinding = "missing-index"\nresource = "public.orders"\napply = "c"\nundo = "d"\ndeadline_s = 5\n'
    )
    remedy = for_target(read_target(file), FINDING)
    assert remedy is not None
    assert (remedy.says, remedy.commands.deadline_s) == ("c", 5)
    assert for_target(read_target(file), replace(FINDING, id="app-pool")) is None


def test_commands_run_and_are_undone(tmp_path: Path) -> None:
    index = tmp_path / "an index"
    python = sys.executable
    commands = RemedyCommands(
        "missing-index", f"{python} -c \"open('{index}', 'w')\"", f"{python} -c \"import os; os.remove('{index}')\""
    )
    remedy = for_target(target(commands), FINDING)
    assert remedy is not None
    remedy.mend()
    assert index.exists()
    remedy.undo()
    assert not index.exists()


def test_a_target_that_is_neither_disposable_nor_allowed_is_not_touched() -> None:
    commands = RemedyCommands("missing-index", "true", "true")
    with pytest.raises(UsageError, match="disposable = true"):
        for_target(target(commands, disposable=False), FINDING)
    assert for_target(target(commands, disposable=False, allow=("127.0.0.1",)), FINDING) is not None
    assert for_target(target(disposable=False), FINDING) is None  # without a remedy there is nothing to forbid


@pytest.mark.parametrize(
    ("command", "deadline_s", "error", "match"),
    [
        ("/nowhere/at/all", 5.0, NotReady, "could not be started"),
        (f"{sys.executable} -c \"raise SystemExit('the index is there')\"", 5.0, Incomplete, "the index is there"),
        (f'{sys.executable} -c "import time; time.sleep(60)"', 0.3, Incomplete, "did not end"),
    ],
)
def test_a_command_that_fails_ends_the_experiment(
    command: str, deadline_s: float, error: type[Exception], match: str
) -> None:
    commands = RemedyCommands("missing-index", command, "true", deadline_s=deadline_s)
    with pytest.raises(error, match=match):
        CommandRemedy(target(commands), commands).mend()


def test_no_password_of_a_command_is_said() -> None:
    fails = f"{sys.executable} -c \"raise SystemExit('at postgresql://me:canary@db/x')\" postgresql://me:canary@db/x"
    remedy = CommandRemedy(target(), RemedyCommands("missing-index", fails, "true"))
    with pytest.raises(Incomplete) as caught:
        remedy.mend()
    assert "postgresql://***@db/x" in remedy.says
    assert "canary" not in f"{remedy.says} {caught.value.why}"


def half_way(folder: Path) -> CommandRemedy:
    """It takes effect and fails all the same."""
    python, index = sys.executable, folder / "an index"
    apply = f"{python} -c \"open('{index}', 'w'); raise SystemExit('not all of it')\""
    return CommandRemedy(
        target(), RemedyCommands("missing-index", apply, f"{python} -c \"import os; os.remove('{index}')\"")
    )


def test_a_placebo_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Incomplete, match="not all of it"):
        Placebo(half_way(tmp_path)).mend()
    assert list(tmp_path.iterdir()) == []


def test_a_remedy_that_fails_half_way_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirm, "seed_level", lambda *_: None)
    monkeypatch.setattr(confirm, "block", lambda *_: [])
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    remedy = journalled(half_way(tmp_path), run.folder, target(), FINDING, Console())
    suspect = Suspect(FINDING.id, 0, 10.0)
    with pytest.raises(Incomplete, match="not all of it"):
        confirm.carry_out(run, verdict(), suspect, target(), {"mended": remedy}, Console())
    assert not (tmp_path / "an index").exists()
    assert run.read_json("remedy.json")["state"] == "undone" and list(in_force()) == []
    (recorded,) = run.folder.glob("*-confirm")
    assert Run.open(recorded).about["outcome"] == "failed"


def test_loads_lie_past_the_limit_and_within_what_is_allowed() -> None:
    told = verdict(capacity=[capacity(knee=100.0)])
    assert loads(told, Suspect("app-pool", 100), 800) == [130, 170]
    assert loads(told, Suspect("app-pool", 100), 150) == [130, 150]
    assert loads(told, Suspect("app-pool", 100, 80.0), 800) == [104, 136]
    assert loads(told, Suspect("workers", 100, 200.0), 800) == [240, 300]


def test_what_comes_in_crowds_is_measured_for_longer() -> None:
    assert timing_of("cache-missing") == TIMING
    assert timing_of("cache-stampede").steady_s == 3 * TIMING.steady_s
