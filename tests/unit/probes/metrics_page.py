"""Reads docs/metrics.md: the names, kinds and labels that probes and analysis agree on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"
_KINDS = {"C": "counter", "G": "gauge"}


@dataclass(frozen=True)
class Documented:
    name: str
    kind: str
    units: frozenset[str]
    labels: frozenset[str]


def documented() -> dict[str, Documented]:
    """Every metric of the page by name; names such as `.exec_ms` continue the name that begins their row."""
    found = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 5 or cells[1] not in _KINDS:
            continue
        names = re.findall(r"`([^`]+)`", cells[0])
        stem = names[0].rpartition(".")[0]
        for name in (stem + name if name.startswith(".") else name for name in names):
            labels = frozenset(label.strip() for label in cells[3].split(",") if label.strip())
            units = frozenset(unit.strip() for unit in cells[2].split(","))
            found[name] = Documented(name, _KINDS[cells[1]], units, labels)
    return found
