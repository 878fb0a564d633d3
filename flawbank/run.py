"""Carries the flaw bank out: a fresh lab for each case, resumed where it was left, within a time budget."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.verdict.analyse import analyse
from conductor.console import Console
from conductor.session import Options, ramp
from flawbank.cases import Case, bites_at, ordered
from flawbank.leakage import permuted, untouched
from flawbank.score import HEALTHY, Answer, answer, score
from lab.profiles import flaw as flaw_of
from rampart.errors import RampartError
from rampart.model import JSON
from rampart.runs import Run
from rampart.verdict import Verdict

LOG, SCORE, LABELS = "bank.jsonl", "bank.json", "labels.json"
_LIKELY_S = 150.0  # one case, until some were timed
# A small or busy machine is the limit of a healthy lab, and naming that is no false alarm. So the lab is ramped to its
# end first, which counts for nothing, and what is healthy gets no more than this of the users that it held.
MACHINE, _HEALTHY_SHARE = "machine", 0.6
_MACHINE_AT = 1_000  # tenants: the most that a healthy case has
_TRIES = 2  # of a case whose measurement was at fault, which is no answer; the last one counts


@dataclass(frozen=True, slots=True)
class Bank:
    """A folder with one run folder for each case, and a line for each in `bank.jsonl`."""

    folder: Path

    def rows(self) -> list[JSON]:
        """What was carried out, in its order; a torn last line is dropped."""
        return Run(self.folder).read_lines(LOG)

    def answers(self) -> list[JSON]:
        """The rows that have a run, the last one of each case, in the order in which cases were first tried."""
        rows = (row for row in self.rows() if row["run"] is not None and row["key"] != MACHINE)
        return list({row["key"]: row for row in rows}.values())

    def held(self) -> float | None:
        """The users at which the machine itself is the limit of a healthy lab; None: not known, or none was met."""
        seen = [row["users"] for row in self.rows() if row["key"] == MACHINE and row.get("users") is not None]
        return float(min(seen)) if seen else None

    def due(self, key: str) -> bool:
        """Whether a case is still to be carried out."""
        runs = [row for row in self.rows() if row["key"] == key and row["run"] is not None]
        return not runs or (runs[-1].get("outcome") == "invalid" and len(runs) < _TRIES)

    def add(self, row: JSON) -> None:
        Run(self.folder).append_line(LOG, row)


def beyond(held: float | None, flaws: Sequence[str], users: int = 0) -> bool:
    """Whether a machine that holds so many users is the limit before the flaws are.

    What would be named first there is not what was planted. Where nothing is: whether it had no room for the `users`.
    """
    if held is None:
        return False
    at = bites_at(flaws)
    return users > _HEALTHY_SHARE * held if not flaws else at is not None and at > held


def carry_out(bank: Bank, cases: Sequence[Case], options: Options, minutes: float, console: Console) -> int:
    """Run what is not there yet, in order, while the time lasts; gives how many cases are still missing."""
    if minutes > 0:
        bank.folder.mkdir(parents=True, exist_ok=True)
    began, took = time.monotonic(), list[float]()
    missing = [case for case in cases if bank.due(case.key)]
    if missing and bank.due(MACHINE) and minutes * 60 > _LIKELY_S:
        console.say("how far the healthy lab comes on this machine")
        bank.add(_machine(bank, options, console))
    held = bank.held()
    missing = [case for case in missing if not beyond(held, case.flaws)]
    for number, case in enumerate(missing):
        likely = max(took, default=_LIKELY_S)
        if time.monotonic() - began + likely > minutes * 60:
            return len(missing) - number
        started = time.monotonic()
        console.say(f"case {len(cases) - len(missing) + number + 1} of {len(cases)}")
        bank.add(_one(bank, case, options, console))
        took.append(time.monotonic() - started)
    return 0


def _machine(bank: Bank, options: Options, console: Console) -> JSON:
    """The limit of the healthy lab, which is the machine's: of its requests, or of its workers."""
    further = replace(options, target=options.target.up_to(options.target.most_users))
    row = _one(bank, Case((), _MACHINE_AT, HEALTHY, 0), further, console)
    users = None if row["run"] is None else ends_at(analyse(Run.open(bank.folder / row["run"])))
    return {**row, "key": MACHINE, "users": users}


def ends_at(verdict: Verdict) -> float | None:
    """The fewest users at which requests, or the jobs of a queue, may come to their limit; None: they do not."""
    limits = (limit for level in verdict.capacity for limit in (level.knee_users, level.queue_knee_users))
    return min((limit.low for limit in limits if limit), default=None)


def bounded(options: Options, case: Case, held: float | None) -> Options:
    """No more users for what is healthy than the machine has room for; what has a limit is ramped until it is met."""
    users = options.target.load.max_users
    if case.wanted == HEALTHY and held is not None:
        users = min(users, max(1, int(_HEALTHY_SHARE * held)))
    elif bites_at(case.flaws) is not None:
        users = options.target.most_users
    return replace(options, target=options.target.up_to(users))


def _one(bank: Bank, case: Case, options: Options, console: Console) -> JSON:
    """One case in a lab of its own; a ramp that fails is a row too, without a run."""
    wanted = {
        "key": case.key, "flaws": list(case.flaws), "decoys": list(case.decoys), "tenants": case.tenants,
        "wanted": case.wanted,
    }  # fmt: skip
    about = replace(
        bounded(options, case, bank.held()),
        flaws=",".join(case.flaws) or "none",
        decoys=case.decoys,
        tenants=(case.tenants,),
        runs=bank.folder,
    )
    try:
        outcome = ramp(about, console)
    except RampartError as error:
        return {**wanted, "run": None, "error": f"{error.what}: {error.why}"}
    if outcome.run.about.get("outcome") == "interrupted":
        raise KeyboardInterrupt
    # Beside the run and never read by the analysis: so the folder is a labelled recording.
    outcome.run.write_json("truth.json", wanted)
    return {**wanted, "run": outcome.run.folder.name, "outcome": outcome.verdict.outcome}


def judged(bank: Bank, asked: Sequence[Case] = ()) -> JSON:
    """Every recording judged again by the analysis as it is now, and scored; `bank.json`.

    What this machine cannot tell is not counted and listed, what was `asked` for and not carried out for it too; and
    so are pairs of which it is not known which one comes first. Where an experiment told it, that is the truth.
    """
    rows, out_of_reach, no_first = _counted(bank)
    out_of_reach = [*(case.key for case in asked if beyond(bank.held(), case.flaws)), *out_of_reach]
    verdicts = [analyse(Run.open(bank.folder / row["run"])) for row in rows]
    answers = [answer(row["wanted"], verdict) for row, verdict in zip(rows, verdicts, strict=True)]
    beside = [i for i, row in enumerate(rows) if row.get("decoys")]
    alone = [i for i, row in enumerate(rows) if len(row["flaws"]) == 1 and i not in beside]
    paired = [i for i, row in enumerate(rows) if len(row["flaws"]) > 1]
    flawed = [i for i, row in enumerate(rows) if row["wanted"] != HEALTHY]
    return {
        "schema": 1,
        **score(answers),
        "machine_users": bank.held(),
        "no_first": no_first,
        "beyond": list(dict.fromkeys(out_of_reach)),
        "alone": score([answers[i] for i in alone])["exact_ac1"],
        "pairs": score([answers[i] for i in paired])["exact_ac1"],
        "decoyed": score([answers[i] for i in beside])["exact_ac1"],
        "decoy_alarms": score([answers[i] for i in beside])["false_alarms"],
        "controls": {
            "permuted": permuted(answers),
            "untouched": untouched([rows[i]["wanted"] for i in flawed], [verdicts[i] for i in flawed], flawed),
        },
        "failed": [row for row in bank.rows() if row["run"] is None and bank.due(row["key"])],
        "wrong": [_wrong(row, one) for row, one in zip(rows, answers, strict=True) if not _good(one)],
    }


def _counted(bank: Bank) -> tuple[list[JSON], list[str], list[str]]:
    """The rows that count; the keys of those that the machine cannot tell, and of pairs without a first."""
    held, rows, out_of_reach, no_first = bank.held(), list[JSON](), list[str](), list[str]()
    for row in bank.answers():
        run = Run.open(bank.folder / row["run"])
        most = max((stage.users for stage in run.stages()), default=0)
        wanted = _wanted(row, run)
        if wanted is None:
            no_first.append(row["key"])
        elif beyond(held, row["flaws"], most):
            out_of_reach.append(row["key"])
        else:
            rows.append({**row, "wanted": wanted})
    return rows, out_of_reach, no_first


def _wanted(row: JSON, run: Run) -> str | None:
    """What must be named: by the experiment, where a pair had one; None: which flaw comes first is not known."""
    known = run.read_json("pair.json")
    if known is None:
        return str(row["wanted"]) if ordered(row["flaws"]) else None
    return flaw_of(known["first"]).finding if known["first"] is not None else None


def _good(one: Answer) -> bool:
    return (one.named is None and not one.violations) if one.wanted == HEALTHY else one.right


def _wrong(row: JSON, one: Answer) -> JSON:
    return {"key": row["key"], "run": row["run"], "wanted": one.wanted, "named": one.named, "ranked": one.ranked[:3]}


def label(bank: Bank) -> None:
    """What is true of each recording that counts, for the rules that are judged beside us (benchmarks/naming.py)."""
    (bank.folder / LABELS).write_text(
        json.dumps({row["run"]: row["wanted"] for row in _counted(bank)[0]}, indent=1) + "\n"
    )


def write(bank: Bank, figures: JSON) -> None:
    """Keep the figures beside the recordings."""
    (bank.folder / SCORE).write_text(json.dumps(figures, indent=1) + "\n")
