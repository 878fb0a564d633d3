"""Two quick ramps for each flaw, with it and without it: what its remedy buys, beside what was predicted."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

import numpy as np

from analysis.detectors._found import every_detector
from analysis.verdict.analyse import analyse
from conductor.console import Console
from conductor.session import Options
from flawbank.gain_score import Gained, gained
from flawbank.run import Bank
from flawbank.score import FAMILY
from flawbank.verify import ramp_lab
from lab.flaws._flaw import Flaw
from lab.profiles import FLAWS
from lab.staging import Lab
from rampart.errors import RampartError
from rampart.model import JSON
from rampart.runs import Run

LOG = "gains.jsonl"
_AROUND_S = 45.0  # of each ramp, beside its own time: the lab, its data, the verdict; until some pairs were timed
_TRIES = 2  # of a pair whose measurement was at fault; the last one counts


def choice(seed: int, only: Sequence[str] = ()) -> list[Flaw]:
    """The flaws whose gain is predicted, in the order in which they are measured, the same for the same seed.

    Within a family the order is random, and the families are mixed so that each beginning of the list has of each its
    share: a time budget cuts evenly.
    """
    families: dict[str, list[Flaw]] = defaultdict(list)
    for _, flaw in sorted(FLAWS.items()):
        detector = every_detector().get(flaw.finding)
        if detector is not None and detector.relief is not None:
            families[FAMILY[flaw.finding]].append(flaw)
    rng, placed = random.Random(seed), list[tuple[float, str, Flaw]]()
    for family, flaws in sorted(families.items()):
        rng.shuffle(flaws)
        placed += [((place + 0.5) / len(flaws), family, flaw) for place, flaw in enumerate(flaws)]
    order = [flaw for _, _, flaw in sorted(placed, key=lambda one: one[:2])]
    return [flaw for flaw in order if not only or flaw.name in only]


def measure(bank: Bank, flaws: Sequence[Flaw], options: Options, minutes: float, console: Console) -> int:
    """Ramp each flaw that is due with it and without it while the time lasts; gives how many are still due."""
    log, began = _log(bank), monotonic()
    due = [flaw for flaw in flaws if _due(log, flaw.name)]
    took = [row["seconds"] for row in log.read_lines(LOG) if row["runs"]]
    for left, flaw in zip(range(len(due), 0, -1), due, strict=True):
        likely = float(np.mean(took)) if took else 2 * (60 * options.minutes + _AROUND_S)
        console.say(f"{left} flaws are due, about {likely / 60:.1f} minutes each: {left * likely / 60:.0f} minutes")
        if monotonic() - began + max(took, default=likely) > 60 * minutes:
            return left
        started = monotonic()
        row = _one(flaw, replace(options, tenants=(flaw.tenants,), runs=log.folder), console)
        took.append(monotonic() - started)
        log.append_line(LOG, {**row, "seconds": took[-1]})
    return 0


def judged(bank: Bank, flaws: Sequence[Flaw]) -> list[Gained]:
    """Every pair that was recorded, judged by the analysis as it is now; it needs the folders and nothing else."""
    log, rows = _log(bank), list[Gained]()
    for flaw in flaws:
        if recorded := _recorded(log, flaw.name):
            verdicts = [analyse(Run.open(log.folder / name)) for name in recorded[-1]["runs"]]
            rows.append(gained(flaw.name, flaw.finding, recorded[-1]["tenants"], *verdicts))
    return rows


def failed(bank: Bank) -> list[JSON]:
    """The flaws whose last attempt ended in an error, with it."""
    last = {row["flaw"]: row for row in _log(bank).read_lines(LOG)}
    return [row for row in last.values() if not row["runs"]]


def _log(bank: Bank) -> Run:
    folder = bank.folder / "gains"
    folder.mkdir(parents=True, exist_ok=True)
    return Run(folder)


def _recorded(log: Run, flaw: str) -> list[JSON]:
    return [row for row in log.read_lines(LOG) if row["flaw"] == flaw and row["runs"]]


def _due(log: Run, flaw: str) -> bool:
    recorded = _recorded(log, flaw)
    return not recorded or (recorded[-1]["at_fault"] and len(recorded) < _TRIES)


def _one(flaw: Flaw, options: Options, console: Console) -> JSON:
    """One pair in a lab of its own; what fails is a row too, without runs."""
    told = {"flaw": flaw.name, "tenants": flaw.tenants}
    console.say(f"{flaw.name}: with it, then without it")
    try:
        with Lab.up(flaws=[flaw.name], say=console.say) as lab:
            with_it = ramp_lab(lab, options, console)
            lab.fix(flaw.name)
            both = (with_it, ramp_lab(lab, options, console))
    except RampartError as error:
        return {**told, "runs": [], "error": f"{error.what}: {error.why}"}
    at_fault = any(one.verdict.outcome == "invalid" for one in both)
    return {**told, "runs": [one.run.folder.name for one in both], "at_fault": at_fault}
