"""Who names the right family: our verdict beside simple rules on the same recordings, `python -m benchmarks.naming`.

The rules see what we see, boiled down by stage (utilisations, parts of a request's time, queue depth), and name one
series; its family is scored, for none of them can say which index or endpoint. `robust` is the scorer of BARO (median
and inter-quartile range), with both signs, in code of our own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.verdict import analyse
from rampart.runs import Run

RECORDINGS = Path(__file__).resolve().parents[1] / "tests/recordings"
FAMILY = {
    "db cpu": "database", "pool": "database", "connections": "database", "span pool": "database", "span db": "database",
    "app cpu": "app", "busiest app process": "app", "span render": "app", "span downstream": "app",
    "cache cpu": "cache", "redis cache": "cache", "span cache": "cache",
    "worker cpu": "queue", "workers": "queue", "redis queue": "queue", "queue cpu": "queue", "span mail": "queue",
    "span queue": "queue", "queue ready": "queue",
}  # fmt: skip
Floats = NDArray[np.float64]
Rule = Callable[[Mapping[str, Floats], Floats, NDArray[np.bool_]], str]


def series(points: list[dict[str, Any]]) -> dict[str, Floats]:
    """One value per stage, by candidate; stages by rising users."""
    rows = []
    for point in points:
        row = {k: v for k, v in point["utilisation"].items() if k in FAMILY}
        row.update({f"span {k}": v for k, v in point["spans_ms"].items() if f"span {k}" in FAMILY})
        row["queue ready"] = sum(q["ready"] for q in point["queues"].values())
        rows.append(row)
    names = sorted({name for row in rows for name in row})
    return {name: np.array([row.get(name, 0.0) for row in rows]) for name in names}


def highest_utilisation(values: Mapping[str, Floats], _latency: Floats, high: NDArray[np.bool_]) -> str:
    used = {name: v[high].mean() for name, v in values.items() if not name.startswith(("span", "queue ready"))}
    return max(used, key=lambda name: used[name])


def correlation(values: Mapping[str, Floats], latency: Floats, _high: NDArray[np.bool_]) -> str:
    moving = {name: v for name, v in values.items() if v.std() > 0}
    return max(moving, key=lambda name: float(np.corrcoef(moving[name], latency)[0, 1]))


def n_sigma(values: Mapping[str, Floats], _latency: Floats, high: NDArray[np.bool_]) -> str:
    return max(
        values,
        key=lambda n: float((values[n][high].mean() - values[n][~high].mean()) / (values[n][~high].std() + 1e-6)),
    )


def robust(values: Mapping[str, Floats], _latency: Floats, high: NDArray[np.bool_]) -> str:
    def score(v: Floats) -> float:
        low = v[~high]
        spread = np.subtract(*np.percentile(low, [75, 25])) + 1e-6
        return float(np.abs(v[high] - np.median(low)).max() / spread)

    return max(values, key=lambda name: score(values[name]))


RULES: dict[str, Rule] = {
    "highest utilisation": highest_utilisation,
    "correlation": correlation,
    "n-sigma": n_sigma,
    "robust": robust,
}


def main() -> int:
    right: dict[str, int] = {
        "rampart": 0,
        "rampart, exact name": 0,
        **dict.fromkeys(RULES, 0),
        "always the database": 0,
    }
    total = alarms = 0
    for folder in sorted(path.parent for path in RECORDINGS.glob("*/truth.json")):
        wanted = json.loads((folder / "truth.json").read_text())["wanted"]
        verdict = analyse(Run.open(folder))
        first = verdict["first"]
        if wanted == "not_reached":
            alarms += first is not None
            continue
        total += 1
        family = next((f["family"] for f in verdict["ranked"] if f["id"] == wanted), None)
        right["rampart"] += first is not None and first["family"] == family
        right["rampart, exact name"] += first is not None and first["id"] == wanted
        right["always the database"] += family == "database"
        named = {}
        points = sorted((p for p in verdict["points"] if p["valid"]), key=lambda p: p["users"])
        latency = np.array([p["latency_ms"]["mean"] for p in points])
        high = np.array([p["users"] for p in points]) >= (first or {}).get("limit_users", 1e9)
        high[-1] = True
        for name, rule in RULES.items():
            named[name] = rule(series(points), latency, high)
            right[name] += FAMILY[named[name]] == family
        print(f"{folder.name:<14} {first['id'] if first else verdict['outcome']:<14} {named}")
    for name, count in right.items():
        print(f"  {name:<22} {count} of {total}")
    goal = {"exact_name": (total, right["rampart, exact name"] == total), "false_alarms": (0, alarms == 0)}
    figures = {**right, "recordings": total, "false_alarms": alarms}
    print(json.dumps({"bench": "naming", "figures": figures, "goals": goal}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
