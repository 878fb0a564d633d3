"""Reads a CSV of measuring windows, as any load tool or a spreadsheet can write it.

One row per window: `stage,users,throughput_rps`, and optionally `mean_latency_s,p95_s,error_ratio`; the rows that share
`stage` (any word or number) make a stage. Requests that failed are taken off the throughput: a target that refuses fast
serves nobody. Other columns are ignored.
"""

from __future__ import annotations

import csv
import difflib
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rampart.errors import UsageError
from rampart.windows import StageWindows

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
