"""The knee of anybody's ramp: a CSV of measuring windows in, a line, a sentence and a plot out.

One row per window: `stage,users,throughput_rps`, and optionally `mean_latency_s,p95_s,error_ratio`; the rows that share
`stage` (any word or number) make a stage. Requests that failed are taken off the throughput: a target that refuses fast
serves nobody. Other columns are ignored.
"""

from __future__ import annotations

import csv
import difflib
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from analysis.knee import KneeEstimate, StageWindows
from rampart.errors import UsageError

REQUIRED = ("stage", "users", "throughput_rps")
OPTIONAL = ("mean_latency_s", "p95_s", "error_ratio")
HEADER = "The header is: stage,users,throughput_rps and optionally mean_latency_s,p95_s,error_ratio."

_Row = dict[str, str]


def read_windows(path: Path) -> list[StageWindows]:
    """The stages of a CSV file in the order of their first row; raises `UsageError` on a file that does not fit."""
    stages: dict[str, list[tuple[float, float, float]]] = {}
    for number, row in _rows(path):
        users, throughput, latency, errors = (
            _number(path, number, row, name) for name in ("users", "throughput_rps", "mean_latency_s", "error_ratio")
        )
        served = throughput if math.isnan(errors) else throughput * (1.0 - errors)
        stages.setdefault(row["stage"].strip(), []).append((users, served, latency))
    return [_stage(path, name, windows) for name, windows in stages.items()]


def _stage(path: Path, name: str, windows: list[tuple[float, float, float]]) -> StageWindows:
    values = np.array(windows)
    users = np.unique(values[:, 0])
    if len(users) > 1:
        raise UsageError(
            f"{path.name} cannot be read",
            f"stage {name!r} has windows at {users[0]:g} and at {users[1]:g} users",
            "Give each number of users a stage of its own.",
        )
    latency = values[:, 2]
    return StageWindows(float(users[0]), values[:, 1], None if np.isnan(latency).all() else latency)


def _rows(path: Path) -> list[tuple[int, _Row]]:
    """The rows with their line numbers; blank lines are skipped."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8 text"
        raise UsageError(f"{path.name} cannot be read", why, "Name a CSV file.") from None
    reader = csv.DictReader(text.splitlines(), restval="")
    columns = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    if not columns:
        raise UsageError(f"{path.name} cannot be read", "it is empty", HEADER)
    _check(path, columns)
    rows = [(reader.line_num, {k: v for k, v in row.items() if k}) for row in reader]
    if not rows:
        raise UsageError(f"{path.name} cannot be read", "it has a header, but no measuring window", HEADER)
    return rows


def _check(path: Path, columns: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    if not missing:
        return
    strangers = [name for name in columns if name not in REQUIRED + OPTIONAL]
    pairs = [(near, name) for name in missing for near in difflib.get_close_matches(name, strangers, 1, cutoff=0.35)]
    renames = "".join(f"Rename {near!r} to {name!r}. " for near, name in pairs)
    raise UsageError(f"{path.name} cannot be read", f"the column {', '.join(missing)} is missing", renames + HEADER)


def _number(path: Path, line: int, row: _Row, column: str) -> float:
    """The number in a cell; NaN, which means not measured, for an empty one or a column that the file has not."""
    word = row.get(column, "").strip()
    if word == "":
        return math.nan
    try:
        return float(word)
    except ValueError:
        raise UsageError(
            f"{path.name} cannot be read",
            f"line {line} has {word!r} as {column}, which is not a number",
            "Write numbers with a decimal point; leave out what was not measured.",
        ) from None


def line(path: Path, estimate: KneeEstimate) -> str:
    """One line of JSON about one file, for machines."""
    knee = None
    if estimate.value is not None:
        knee = {"value": _short(estimate.value), "low": _short(estimate.low), "high": _short(estimate.high)}
    return json.dumps(
        {
            "file": str(path),
            "knee_users": knee,
            "reason": estimate.reason,
            "max_throughput_rps": _short(estimate.max_throughput_rps),
        }
    )


def _short(value: float | None) -> float | None:
    """Four digits: more than the interval supports, few enough to read."""
    return None if value is None else float(f"{value:.4g}")


def sentence(path: Path, estimate: KneeEstimate) -> str:
    """What the file says, for people."""
    rate = estimate.max_throughput_rps
    if estimate.value is None or estimate.low is None or estimate.high is None:
        best = "" if rate is None else f" The highest throughput seen is {rate:,.4g} requests/s."
        return f"{path.name}: no knee; {estimate.reason}.{best}"
    return (
        f"{path.name}: the knee is at {estimate.value:,.0f} users (95 %: {estimate.low:,.0f} to {estimate.high:,.0f}); "
        f"throughput levels off at {rate:,.4g} requests/s."
    )


def plot(stages: Sequence[StageWindows], estimate: KneeEstimate, out: Path) -> None:
    """Write a picture of throughput against users, with the knee and its interval marked; by suffix."""
    figure = Figure(figsize=(8.0, 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for stage in stages:
        axes.plot([stage.users] * len(stage.throughput_rps), stage.throughput_rps, ".", color="0.7", markersize=5)
    means = [float(np.nanmean(s.throughput_rps)) if np.isfinite(s.throughput_rps).any() else np.nan for s in stages]
    axes.plot([s.users for s in stages], means, "o", color="tab:blue", label="stage (grey: its windows)")
    right = max((s.users for s in stages if np.isfinite(s.users)), default=1.0) * 1.05
    if estimate.value is not None and estimate.low is not None and estimate.high is not None:
        _mark(axes, estimate.value, estimate.low, min(estimate.high, right), estimate.max_throughput_rps, right)
    axes.set(xlabel="users", ylabel="throughput, requests/s", xlim=(0, right))
    axes.set_ylim(bottom=0)
    axes.set_title(_title(estimate), fontsize=10, wrap=True)
    axes.legend(loc="best", frameon=False)
    figure.savefig(out, dpi=120)


def _mark(axes: Axes, knee: float, low: float, high: float, plateau: float | None, right: float) -> None:
    if plateau is not None:
        axes.plot([0, knee, right], [0, plateau, plateau], "--", color="0.35", linewidth=1, label="asymptotes")
    axes.axvspan(low, high, color="tab:orange", alpha=0.2, linewidth=0, label="95 % interval")
    axes.axvline(knee, color="tab:orange", label="knee")


def _title(estimate: KneeEstimate) -> str:
    if estimate.value is None:
        return f"No knee; {estimate.reason}"
    return f"Knee at {estimate.value:,.0f} users (95 %: {estimate.low:,.0f} to {estimate.high:,.0f})"
