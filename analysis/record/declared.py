"""The metrics that the probes of a run declared, as its `metrics.json` holds them."""

from __future__ import annotations

from collections.abc import Sequence

from rampart.model import JSON, Counter, Gauge, Kind, Metric, Role

_KINDS = {Kind.GAUGE: Gauge, Kind.COUNTER: Counter}


def declared(rows: Sequence[JSON]) -> list[Metric]:
    """Each metric once, by name. Older runs have no `labels` and no `full_at`: nobody declared them then."""
    found = {
        row["name"]: _KINDS[Kind(row["kind"])](
            row["name"], row["resource"], Role(row["role"]), row["unit"], row["summary"],
            tuple(row.get("labels", ())), row.get("full_at"),
        )
        for row in rows
    }  # fmt: skip
    return [found[name] for name in sorted(found)]
