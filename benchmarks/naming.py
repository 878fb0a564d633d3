"""Who names the first bottleneck: our verdict beside simple rules on the same recordings (`make bench-naming`).

`--runs DIR` takes a folder of runs, each with a `truth.json` ({"wanted": finding id or outcome}) or all of them
in `DIR/labels.json` ({folder name: wanted}); those whose truth is a violation are left out. AC@1 and AC@3, exact and by
family, with Wilson intervals.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from analysis.verdict.analyse import analyse
from benchmarks import _naming_rivals as rivals
from flawbank.score import FAMILY, answer, wilson
from rampart.model import JSON
from rampart.runs import Run
from rampart.verdict import Verdict

RECORDINGS = Path(__file__).resolve().parents[1] / "tests/recordings"
Ranked = dict[str, list[str]]
_SOME_ROWS = 5


def labelled(folder: Path) -> Iterator[tuple[Path, str]]:
    """The runs below a folder and what is true of each; where there are labels, those that have one."""
    labels = json.loads((folder / "labels.json").read_text()) if (folder / "labels.json").exists() else None
    for run in sorted(path.parent for path in folder.glob("*/run.json")):
        if labels is not None:
            if run.name in labels:
                yield run, str(labels[run.name])
        elif (run / "truth.json").exists():
            yield run, str(json.loads((run / "truth.json").read_text())["wanted"])


def ranked(run: Run, verdict: Verdict, wanted: str) -> Ranked:
    """The finding ids that each method names, best first; rules are given the knee of our own analysis."""
    tenants = verdict.first.tenants if verdict.first else max(p.tenants for p in verdict.points)
    valid = {p.stage for p in verdict.points if p.valid and p.tenants == tenants}
    stages = sorted((s for s in run.stages() if s.index in valid), key=lambda s: (s.users, s.index))
    knee_users = (verdict.first and verdict.first.limit_users) or stages[-1].users
    frame = rivals.table(run, stages)
    # A rule compares what was before with what comes after, and a limit may lie below the first stage.
    knee = min(max(int((frame["users"] < knee_users).sum()), _SOME_ROWS), len(frame) - _SOME_ROWS)
    found = {name: _ids(rule(frame, knee)) for name, rule in rivals.RULES.items()}
    found["largest database share"] = _ids(rivals.largest_database_share(frame, knee))
    found["highest utilisation"] = rivals.highest_utilisation(verdict, knee_users)
    own = answer(wanted, verdict)
    return {"rampart": list(own.ranked) if own.named else [], **found}


def _ids(columns: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(found for name in columns if (found := rivals.meaning(name)) is not None))


def figures(rows: Sequence[tuple[str, Ranked]]) -> JSON:
    """AC@1 and AC@3 of each method, exact and by family, over (truth, what each named)."""
    truths = [wanted for wanted, _ in rows]
    told: JSON = {}
    for name in dict.fromkeys(name for _, found in rows for name in found):
        told[name] = _accuracy([(wanted, found.get(name, [])) for wanted, found in rows])
    others = [[n for n, _ in Counter(truths[:i] + truths[i + 1 :]).most_common()] for i in range(len(truths))]
    told["majority"] = _accuracy(list(zip(truths, others, strict=True)))
    ids = sorted({*rivals.GAUGES.values(), *rivals.COUNTERS.values(), *rivals.PARTS.values()})
    draws = [_accuracy([(t, rivals.shuffled(ids, 1000 * d + i)) for i, t in enumerate(truths)]) for d in range(200)]
    right = {key: round(float(np.mean([one[key]["right"] for one in draws]))) for key in draws[0]}
    told["random"] = {key: wilson(count, len(truths)) for key, count in right.items()}
    return told


def _accuracy(rows: Sequence[tuple[str, Sequence[str]]]) -> JSON:
    def right(first: int, *, family: bool) -> JSON:
        return wilson(sum(_hit(t, list(r), first, family=family) for t, r in rows), len(rows))

    return {
        "exact_ac1": right(1, family=False), "exact_ac3": right(3, family=False),
        "family_ac1": right(1, family=True), "family_ac3": right(3, family=True),
    }  # fmt: skip


def _hit(wanted: str, found: list[str], first: int, *, family: bool) -> bool:
    if not family:
        return wanted in found[:first]
    families = list(dict.fromkeys(FAMILY.get(name) for name in found))
    return FAMILY.get(wanted) in families[:first]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=RECORDINGS, help="a folder of labelled runs")
    rows: list[tuple[str, Ranked]] = []
    alarms = healthy = 0
    for folder, wanted in labelled(parser.parse_args().runs):
        if FAMILY.get(wanted) == "correctness":
            continue  # a wrong answer is no bottleneck: no rule ranks it, and ours tells it apart from all that is slow
        run = Run.open(folder)
        verdict = analyse(run)
        if wanted not in FAMILY:  # an outcome in which no finding may be named: nothing reached, the generator's limit
            healthy, alarms = healthy + 1, alarms + (verdict.first is not None)
            continue
        if not any(point.valid for point in verdict.points):
            rows.append((wanted, {}))  # nothing to judge by; it counts as wrong for all
            continue
        rows.append((wanted, ranked(run, verdict, wanted)))
        print(f"{folder.name:<20} " + "  ".join(f"{n}: {(r or ['-'])[0]}" for n, r in rows[-1][1].items()))
    if not rows:
        print("no labelled run with a flaw was found")
        return 1
    told = figures(rows)
    _show(told, len(rows), alarms, healthy)
    return 0


def _show(told: JSON, runs: int, alarms: int, healthy: int) -> None:
    print(f"\n{'':<24}{'exact AC@1':<20}{'exact AC@3':<20}{'family AC@1':<20}{'family AC@3':<20}")
    for name, row in told.items():
        cells = (f"{c['value']:.2f} ({c['low']:.2f}-{c['high']:.2f})" for c in row.values())
        print(f"{name:<24}" + "".join(f"{cell:<20}" for cell in cells))
    print(f"{runs} runs with a flaw; {alarms} false alarms in {healthy} without (rules name something always)")
    best = max(row["family_ac1"]["value"] for name, row in told.items() if name != "rampart")
    own = told["rampart"]
    goals = {
        "exact_ac1": [0.75, own["exact_ac1"]["value"] >= 0.75],
        "family_ac1": [max(0.85, best), own["family_ac1"]["value"] >= max(0.85, best)],
        "false_alarms": [0, alarms == 0],
    }
    shown = {name: {key: cell["value"] for key, cell in row.items()} for name, row in told.items()}
    intervals = {name: {k: [c["low"], c["high"]] for k, c in row.items()} for name, row in told.items()}
    found = {**shown, "intervals": intervals, "runs": runs, "healthy": healthy, "false_alarms": alarms}
    print(json.dumps({"bench": "naming", "figures": found, "goals": goals}))


if __name__ == "__main__":
    raise SystemExit(main())
