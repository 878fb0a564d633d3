"""The figures of the flaw bank for people, and for a machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flawbank.score import HEALTHY, wilson
from rampart.model import JSON

# Wanted of the whole bank.
_GOALS = {"exact_ac1": 0.90, "exact_ac3": 0.97, "family_ac1": 0.95}
_MOST_ALARMS, _MOST_ERROR = 0.02, 0.05
_NAMES = {
    "exact_ac1": "exact name first", "exact_ac3": "exact name among three", "family_ac1": "right family first",
    "false_alarms": "false alarms on healthy runs", "abstained": "no name given", "alone": "one flaw: exact name first",
    "pairs": "two flaws: the earlier named first", "decoyed": "flaw and decoy: exact name first",
    "decoy_alarms": "false alarms on decoys alone",
}  # fmt: skip


def share(row: JSON) -> str:
    """`0.92 (0.85 to 0.96), 46 of 50`."""
    if row["value"] is None:
        return "no such run"
    return f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f}), {row['right']} of {row['of']}"


def table(figures: JSON) -> Iterator[str]:
    """The lines of the bank's score."""
    yield f"{figures['runs']} runs; {figures['cases_left']} cases are left"
    for key, name in _NAMES.items():
        yield f"  {name:<36} {share(figures[key])}"
    told = figures["calibration"]
    if told["ece"] is not None:
        for key, name in (("ece", "calibration error"), ("brier", "Brier score")):
            low, high = told[f"{key}_range"]
            yield f"  {name:<36} {told[key]:.3f} ({low:.3f} to {high:.3f}), {told['of']} named"
    yield "planted, named right, and what was named:"
    for wanted, row in figures["confusion"].items():
        said = ", ".join(f"{name} {count}" for name, count in row.items())
        yield f"  {wanted:<24} {share(_right(wanted, row)):<32} {said}"
    dealt, other = figures["controls"]["permuted"], figures["controls"]["untouched"]
    if dealt["mean"] is not None:
        yield f"truths dealt at random: {dealt['mean']:.3f} ({dealt['low']:.3f} to {dealt['high']:.3f})"
    if other["chance"] is not None:
        yield f"named by what no flaw touches: {share(other['found'])}; chance {other['chance']:.3f}"
    yield from _beside(figures["baselines"])
    if figures["beyond"]:
        held = f"this machine itself is the limit of the healthy lab at {figures['machine_users']:.0f} users"
        yield f"not counted, for {held}: {', '.join(figures['beyond'])}"
    if figures["no_first"]:
        yield f"not counted, for it is not known which flaw comes first: {', '.join(figures['no_first'])}"
    for row in figures["failed"]:
        yield f"  failed: {row['key']}: {row['error']}"


def _right(wanted: str, row: JSON) -> JSON:
    """The share of one row of the confusion matrix that lies where it must."""
    return wilson(row.get("-" if wanted == HEALTHY else wanted, 0), sum(row.values()))


def _beside(baselines: JSON) -> Iterator[str]:
    """What simple rules name on the same recordings, beside ours; nothing where the benchmark is not there."""
    if not baselines:
        return
    yield f"simple rules on the same {baselines['runs']} recordings (exact first, among three, family first):"
    for name, ranges in baselines["intervals"].items():
        if name == "rampart":
            continue  # told above, with the violations that it may name too
        cells = (f"{baselines[name][key]:.2f} ({low:.2f} to {high:.2f})" for key, (low, high) in _three(ranges))
        yield f"  {name:<24} {'   '.join(cells)}"


def _three(ranges: JSON) -> Iterator[tuple[str, list[float]]]:
    return ((key, ranges[key]) for key in _GOALS)


def verified_table(rows: Sequence[JSON]) -> Iterator[str]:
    """One line for each flaw; none is left out."""
    marks = {True: "believed", False: "NOT BELIEVED", None: "not reached"}
    for row in rows:
        yield f"  {row['flaw']:<24} {marks[row['ok']]:<14} {row['said']}"


def confirmed_table(rows: Sequence[JSON]) -> Iterator[str]:
    """Two lines for each flaw that was named right: what its remedy came to, and what its placebo."""
    for row in rows:
        for kind in ("remedy", "placebo"):
            yield f"  {row['flaw']:<24} {kind:<8} {row[kind] or 'not done':<10} {row[f'{kind}_said'] or ''}"


def pairs_table(rows: Sequence[JSON]) -> Iterator[str]:
    """One line for each recorded pair: what comes first by experiment, and whether the limits alone had said so."""
    for row in rows:
        mark = "" if row["first"] in (None, row["expected"]) else f"; by their limits alone it was {row['expected']}"
        yield f"  {row['key']:<44} {row['said'] or 'not done in time'}{mark}"


def bench(figures: JSON) -> JSON:
    """The last line, for a machine."""
    flat = {key: figures[key]["value"] for key in _NAMES}
    error = figures["calibration"]["ece"]
    goals: JSON = {key: [least, _at_least(flat[key], least)] for key, least in _GOALS.items()}
    alarms = flat["false_alarms"]
    goals["false_alarms"] = [_MOST_ALARMS, alarms is not None and alarms <= _MOST_ALARMS]
    goals["calibration_error"] = [_MOST_ERROR, error is not None and error <= _MOST_ERROR]
    intervals = {key: [figures[key]["low"], figures[key]["high"]] for key in _NAMES}
    intervals["calibration_error"] = figures["calibration"]["ece_range"]
    rules = {
        name: figures["baselines"][name] for name in figures["baselines"].get("intervals", ()) if name != "rampart"
    }
    shown = {"runs": figures["runs"], **flat, "calibration_error": error, "intervals": intervals, "rules": rules}
    return {"bench": "flawbank", "figures": shown, "goals": goals}


def _at_least(value: float | None, least: float) -> bool:
    return value is not None and value >= least
