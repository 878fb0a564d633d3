"""Every fixable flaw of the bank confirmed by experiment, and its placebo refused: on recordings that named it."""

from __future__ import annotations

from collections.abc import Collection
from time import monotonic

from analysis.verdict import analyse
from rampart.conductor.confirm import confirm
from rampart.conductor.flawbank import Bank
from rampart.config import Target
from rampart.console import Console
from rampart.errors import RampartError
from rampart.model import JSON
from rampart.runs import Run

_LIKELY_S = 180.0
FILES = {"remedy": "confirm.json", "placebo": "placebo.json"}


def confirm_bank(
    bank: Bank, base: Target, minutes: float, console: Console, only: Collection[str] = ()
) -> list[JSON]:  # fmt: skip
    """One row for each flaw that was planted alone: what its remedy and its placebo came to, None: not done in time.

    Of all flaws, or of `only`. What an earlier call did is taken from the run folders. The first recording of each flaw
    that names it is used.
    """
    began = monotonic()
    rows: dict[str, JSON] = {}
    for row in bank.answers():
        if len(row["flaws"]) != 1 or row.get("decoys") or rows.get(row["flaws"][0], {}).get("named"):
            continue
        if only and row["flaws"][0].split(":")[0] not in only:
            continue
        run = Run.open(bank.folder / row["run"])
        first = analyse(run)["first"]
        rows[row["flaws"][0]] = told = {
            "flaw": row["flaws"][0],
            "named": first is not None and first["id"] == row["wanted"],
        }
        for kind, file in FILES.items():
            known = run.read_json(file)
            if told["named"] and known is None and monotonic() - began + _LIKELY_S < minutes * 60:
                known = _try(run, base, console, placebo=kind == "placebo")
            told[kind] = known and known["status"]
            told[f"{kind}_said"] = known and known["sentence"]
    return list(rows.values())


def _try(run: Run, base: Target, console: Console, *, placebo: bool) -> JSON:
    try:
        return confirm(run, base, console, placebo=placebo)
    except RampartError as error:
        return {"status": "failed", "sentence": f"{error.what}: {error.why}"}
