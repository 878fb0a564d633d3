"""The commands that are struck, and how their moments are recognised from outside: by what they have written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rampart.runs import Run
from seeders.growth.grow import find, tenants_of
from tests.acceptance.chaos.system import System, known_run

MOMENTS = ("early", "middle", "late")
TENANTS = 500  # some 250,000 rows: enough for indexes to be taken off
RAMPART = (sys.executable, "-m", "commands.main")


@dataclass(frozen=True, slots=True)
class Command:
    """What is called, and for each moment its description and the test that it has come."""

    name: str
    call: Callable[[System, Path], list[str]]  # the system, and the folder for runs
    moments: Mapping[str, tuple[str, Callable[[System, Path], bool]]]
    patience_s: float = 150.0  # until the moment, and once more until the end


def run_of(runs: Path) -> Path | None:
    """The folder of the run under way: of an experiment the one below the run that it is about."""
    found = [path.parent for path in runs.rglob("run.json") if path.parent.name != "2026-11-01T0000-chaos"]
    return max(found, key=lambda folder: folder.stat().st_mtime, default=None)


def _stages(runs: Path) -> int:
    """How many stages of the ramp have ended."""
    folder = run_of(runs)
    stages = [] if folder is None else Run(folder).stages()
    return sum(stage.purpose != "profile" for stage in stages)


def _slices(system: System) -> float:
    """The share of a growth that is written; 0 before it has begun."""
    entries = system.seeded()
    planned = sum(sum(step["slices"].values()) for step in entries.get("step", []))  # type: ignore[index]
    return len(entries.get("slice", [])) / planned if planned else 0.0


def _off(system: System) -> bool:
    return "detached" in system.seeded()


def _indexed(system: System) -> bool:
    return any("orders_by_customer" in name for name in system.objects())


def _taken_back(runs: Path) -> bool:
    folder = run_of(runs)
    return folder is not None and any(row["message"] == "unmended" for row in Run(folder).read_lines("log.jsonl"))


def seeded_rows() -> int:
    """How many rows there must be once a growth has come to its end."""
    return sum(tenant.rows for tenant in tenants_of(find("lab"), TENANTS, 1))


def _seed(system: System, runs: Path) -> list[str]:
    return ["seed", "--target", str(system.folder / "seeded.toml"), "--tenants", str(TENANTS)]


def _ramp(system: System, runs: Path) -> list[str]:
    target = ["--target", str(system.folder / "target.toml")]
    return ["ramp", *target, "--runs", str(runs), "--quick", "--minutes", "0.9"]


def _confirm(system: System, runs: Path) -> list[str]:
    return ["confirm", str(known_run(system, runs)), "--target", str(system.folder / "target.toml")]


def _lab(system: System, runs: Path) -> list[str]:
    return ["ramp", "--runs", str(runs), "--quick", "--minutes", "1.6", "--tenants", "20", "--flaws", "none"]


_RAMP = {
    "early": ("while the first task is profiled", lambda system, runs: _recorded(runs)),
    "middle": ("in the second stage of the ramp", lambda system, runs: _stages(runs) >= 1),
    "late": ("in the third stage of the ramp", lambda system, runs: _stages(runs) >= 2),
}


def _recorded(runs: Path) -> bool:
    """Whether the load has begun."""
    folder = run_of(runs)
    return folder is not None and any(path.stat().st_size > 4000 for path in folder.glob("requests-*.arrow"))


COMMANDS = {
    command.name: command
    for command in (
        Command(
            "seed", _seed,
            {
                "early": ("when its first rows are written", lambda system, runs: _slices(system) > 0.0),
                "middle": ("when half of its rows are written", lambda system, runs: _slices(system) >= 0.5),
                "late": ("while indexes are put back", lambda system, runs: _slices(system) >= 1.0 and _off(system)),
            },
        ),
        Command("ramp", _ramp, _RAMP),
        Command(
            "confirm", _confirm,
            {
                "early": ("during the trial, before any change", lambda system, runs: _recorded(runs)),
                "middle": ("with the remedy applied", lambda system, runs: _indexed(system)),
                "late": ("after the remedy is undone", lambda system, runs: _taken_back(runs)),
            },
            patience_s=330.0,
        ),
        Command("lab", _lab, _RAMP),
    )
}  # fmt: skip
