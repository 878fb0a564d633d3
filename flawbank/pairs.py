"""Which flaw of a pair comes first, by experiment: each of the two is mended alone at the loads of the knee."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from time import monotonic

from analysis.detectors._found import of_jobs
from analysis.experiment.pair import decide_pair, order, without
from analysis.verdict.analyse import analyse
from conductor.console import Console
from conductor.experiment.blocks import Suspect, timing_of
from conductor.experiment.remedies import LabRemedy, as_target
from conductor.experiment.run import carry_out, lab_of
from flawbank.run import Bank
from lab.profiles import flaw as flaw_of
from rampart.config import Target
from rampart.errors import RampartError
from rampart.model import JSON
from rampart.runs import Run

_LIKELY_S = 240.0


def settle_pairs(bank: Bank, base: Target, minutes: float, console: Console, only: Collection[str] = ()) -> list[JSON]:
    """One row for each recorded pair (with `only`: of these flaws): what came first, and what the bank had expected.

    What an earlier call found is taken from the run folders; `said` None: not done in time.
    """
    end, rows = monotonic() + minutes * 60, list[JSON]()
    for case in bank.answers():
        flaws = case["flaws"]
        if len(flaws) != 2 or (only and not set(only).issuperset(name.partition(":")[0] for name in flaws)):
            continue
        run = Run.open(bank.folder / case["run"])
        known = run.read_json("pair.json")
        if known is None and monotonic() + _LIKELY_S < end:
            known = _try(run, flaws, base, console)
        told = {"first": known and known["first"], "said": known and known["sentence"]}
        rows.append({"key": case["key"], "expected": flaws[0], **told})
    return rows


def _try(run: Run, flaws: list[str], base: Target, console: Console) -> JSON:
    findings = [flaw_of(name).finding for name in flaws]
    if any(map(of_jobs, findings)):
        said = "not tried: jobs done and requests answered are no one number, and neither waits for the other"
        return {"first": None, "sentence": said}
    verdict = analyse(run)
    level = next((row for row in verdict.capacity if row.knee_users), None)
    if level is None:
        return {"first": None, "sentence": "not tried: the ramp met no limit"}
    slowest = max(findings, key=lambda name: timing_of(name).steady_s)
    try:
        with ExitStack() as stack:
            lab = lab_of(run, stack, console)
            remedies = {without(name): LabRemedy(lab, name, base) for name in flaws}
            asked = Suspect(slowest, level.tenants)
            recorded = carry_out(run, verdict, asked, as_target(lab, base), remedies, console, order(flaws))
    except RampartError as error:
        return {"first": None, "sentence": f"failed: {error.what}: {error.why}"}
    told = decide_pair(recorded, flaws)
    if told["over"] is not None:  # else it is due again
        run.write_json("pair.json", told)
    return told
