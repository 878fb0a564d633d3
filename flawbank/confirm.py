"""Every fixable flaw of the bank confirmed by experiment, and its placebo refused: on recordings that named it."""

from __future__ import annotations

from collections.abc import Collection
from time import monotonic

from analysis.verdict.analyse import analyse
from conductor.console import Console
from conductor.experiment.run import confirm
from flawbank.run import Bank
from rampart.config import Target
from rampart.errors import RampartError
from rampart.model import JSON
from rampart.runs import Run

_LIKELY_S = 180.0
FILES = {"remedy": "confirm.json", "placebo": "placebo.json"}


def confirm_bank(
    bank: Bank, base: Target, minutes: float, console: Console, only: Collection[str] = ()
) -> list[JSON]:  # fmt: skip
    """One row for each flaw that was planted alone: what its remedy and its placebo came to, None: not done in time.

    Of all flaws, or of `only`; remedies first, then placebos. What an earlier call did is taken from the run folders.
    The first recording of each flaw that names it is used.
    """
    end = monotonic() + minutes * 60
    rows, recordings = _planted_alone(bank, only)
    for kind, file in FILES.items():
        for flaw, row in rows.items():
            run = recordings[flaw]
            known = run.read_json(file)
            if row["named"] and known is None and monotonic() + _LIKELY_S < end:
                known = _try(run, base, console, placebo=kind == "placebo")
            row[kind] = known and known["status"]
            row[f"{kind}_said"] = known and known["sentence"]
    return list(rows.values())


def already_confirmed(bank: Bank) -> dict[str, str]:
    """By flaw, what an experiment on a recording of the bank said that confirmed its remedy: so it is real."""
    known = ((case["flaws"], Run.open(bank.folder / case["run"]).read_json(FILES["remedy"])) for case in bank.answers())
    return {
        flaws[0].partition(":")[0]: told["sentence"]
        for flaws, told in known
        if len(flaws) == 1 and told is not None and told["status"] == "confirmed"
    }


def _planted_alone(bank: Bank, only: Collection[str]) -> tuple[dict[str, JSON], dict[str, Run]]:
    """By flaw: whether a recording names it, and the first that does, else the last."""
    rows: dict[str, JSON] = {}
    recordings: dict[str, Run] = {}
    for case in bank.answers():
        if len(case["flaws"]) != 1 or case.get("decoys"):
            continue
        (flaw,) = case["flaws"]
        if (only and flaw.split(":")[0] not in only) or rows.get(flaw, {}).get("named"):
            continue
        recordings[flaw] = Run.open(bank.folder / case["run"])
        first = analyse(recordings[flaw]).first
        rows[flaw] = {"flaw": flaw, "named": first is not None and first.id == case["wanted"]}
    return rows, recordings


def _try(run: Run, base: Target, console: Console, *, placebo: bool) -> JSON:
    try:
        return confirm(run, base, console, placebo=placebo)
    except RampartError as error:
        return {"status": "failed", "sentence": f"{error.what}: {error.why}"}
