"""A flaw is believed only when mending it moves the capacity, or ends the violation.

Ramped with it and without it, if no experiment of `rampart flawbank --confirm` has shown that already, turn by turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

from conductor.console import Console
from conductor.experiment.remedies import as_target
from conductor.ladder.capacity import capacity, moved
from conductor.ladder.drain_queues import settle
from conductor.session import Options, Outcome, ramp_on
from flawbank.confirm import already_confirmed
from flawbank.run import Bank
from flawbank.score import FAMILY
from lab.flaws._flaw import Flaw
from lab.staging import Lab
from rampart.errors import RampartError
from rampart.model import JSON
from rampart.runs import Run
from rampart.verdict import UNTRUSTED, Verdict

LOG = "verify.jsonl"
_LIKELY_S = 240.0


def verify(bank: Bank, flaws: Sequence[Flaw], options: Options, minutes: float, console: Console) -> list[JSON]:
    """One row for each flaw, those of an earlier call included; ramps are kept beside the recordings of the bank.

    A flaw that was not reached in time, or whose measurement was at fault, has `ok` None and is due again.
    """
    folder = bank.folder / "verify"
    folder.mkdir(parents=True, exist_ok=True)
    log, began = Run(folder), monotonic()
    done: dict[str, JSON] = {
        name: {"flaw": name, "ok": True, "said": said} for name, said in already_confirmed(bank).items()
    }
    done |= {row["flaw"]: row for row in log.read_lines(LOG) if row["ok"] is not None}
    for flaw in flaws:
        if flaw.name in done or monotonic() - began + _LIKELY_S > minutes * 60:
            continue
        done[flaw.name] = _one(flaw, replace(options, tenants=(flaw.tenants,), runs=folder), console)
        log.append_line(LOG, done[flaw.name])
    missing = {"ok": None, "said": "not reached in time"}
    return [done.get(flaw.name, {"flaw": flaw.name, **missing}) for flaw in flaws]


def _one(flaw: Flaw, options: Options, console: Console) -> JSON:
    try:
        with Lab.up(flaws=[flaw.name], say=console.say) as lab:
            flawed = ramp_lab(lab, options, console).verdict
            lab.fix(flaw.name)
            mended = ramp_lab(lab, options, console).verdict
    except RampartError as error:
        return {"flaw": flaw.name, "ok": False, "said": f"{error.what}: {error.why}"}
    ok, said = _compared(flaw, flawed, mended)
    return {"flaw": flaw.name, "tenants": flaw.tenants, "ok": ok, "said": said}


def ramp_lab(lab: Lab, options: Options, console: Console) -> Outcome:
    """A ramp of a lab as it is now, once the jobs of an earlier load are done; KeyboardInterrupt where it was ended."""
    target = as_target(lab, options.target)
    settle(target, console.warn)
    outcome = ramp_on(target, options, console, lab)
    if outcome.run.about.get("outcome") == "interrupted":
        raise KeyboardInterrupt
    return outcome


def _compared(flaw: Flaw, flawed: Verdict, mended: Verdict) -> tuple[bool | None, str]:
    """Whether mending did what it must, and the numbers of it; None where a measurement was at fault."""
    outcomes, family = (flawed.outcome, mended.outcome), FAMILY.get(flaw.finding)
    if family == "harness":
        return outcomes[0] == "generator_limited" != outcomes[1], f"{outcomes[0]}, then {outcomes[1]}"
    if family == "correctness":
        before, after = ({row.id for row in verdict.violations} for verdict in (flawed, mended))
        said = f"violations {sorted(before) or 'none'}, then {sorted(after) or 'none'}"
        return flaw.finding in before - after, said
    if not set(UNTRUSTED).isdisjoint(outcomes):
        return None, f"the measurement was at fault: {outcomes[0]}, then {outcomes[1]}"
    old, new = capacity(flawed, flaw.tenants), capacity(mended, flaw.tenants)
    return moved(old, new), f"{old.words}; mended: {new.words}"
