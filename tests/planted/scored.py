"""Banks of planted runs whose truth is known: pairs of ramps with and without a flaw, and climbs of the ladder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flawbank import climbs, gain_ramps
from flawbank.run import Bank
from rampart.runs import Run
from tests.planted.causes import Cause
from tests.planted.recording import Plan, record

STAGES = (15, 30, 60, 120, 240, 480, 85, 170, 340)


def healthy(knee: float) -> Plan:
    """A ramp up to 480 users of a system with its limit at so many of them, and with nothing that tells why."""
    return Plan(users=STAGES, limit_rps=knee / 1.02)


def ramps_of(bank: Bank, flaw: str, cause: Cause, *mended: Plan, tenants: int = 100, at_fault: bool = False) -> None:
    """A recorded pair for each plan of a ramp without the flaw; without one: an attempt that failed."""
    folder = bank.folder / "gains"
    for plan in mended:
        names = [_caused(folder, cause).folder.name, record(folder, plan).folder.name]
        row = {"flaw": flaw, "tenants": tenants, "runs": names, "at_fault": at_fault, "seconds": 1.0}
        Run(folder).append_line(gain_ramps.LOG, row)
    if not mended:
        folder.mkdir(parents=True, exist_ok=True)
        row = {"flaw": flaw, "tenants": tenants, "runs": [], "error": "it is gone", "seconds": 1.0}
        Run(folder).append_line(gain_ramps.LOG, row)


def climbed(bank: Bank, profile: str, ramps: Sequence[Cause | Plan], *, cut_short: bool = False) -> None:
    """A recorded climb: a ramp after each remedy, of what the ramp before it is planted with."""
    name = f"{profile}-{len(list(bank.folder.glob('climbs/*')))}"
    folder = bank.folder / "climbs" / name
    runs = [record(folder, one) if isinstance(one, Plan) else _caused(folder, one) for one in ramps]
    mended = [one.finding for one in ramps if isinstance(one, Cause)]
    rungs = [
        rung(name, old.folder.name, new.folder.name) for name, old, new in zip(mended, runs, runs[1:], strict=False)
    ]
    (folder / "ladder.json").write_text(json.dumps(ladder(rungs, cut_short=cut_short)))
    Run(bank.folder / "climbs").append_line(climbs.LOG, {"profile": profile, "folder": name})


def ladder(rungs: Sequence[Any], missteps: Sequence[Any] = (), *, cut_short: bool = False) -> dict[str, Any]:
    """What `ladder.json` says of what was done."""
    ended = "the time is used up" if cut_short else "no remedy is known"
    return {"tenants": [100], "rungs": rungs, "missteps": missteps, "ended": ended, "cut_short": cut_short}


def rung(mended: str, before: str, after: str) -> dict[str, Any]:
    """One remedy, between the runs of two folders."""
    return {"finding": {"id": mended}, "run_before": before, "run": after}


def _caused(parent: Path, cause: Cause) -> Run:
    run = record(parent, cause.plan)
    run.write_json("statements.json", cause.facts)
    return run
