"""docs/thresholds.md from the thresholds themselves and from how far each can move (`make docs`).

The figures are those that `make bench-thresholds` left in docs/thresholds.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from analysis import thresholds
from analysis.ranking.judge import DETECTORS
from analysis.thresholds import StageThreshold, Threshold
from rampart.model import JSON

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, FIGURES = DOCS / "thresholds.md", DOCS / "thresholds.json"
DOWN, UP = (0.9, 0.8, 0.67, 0.5), (1.1, 1.25, 1.5, 2.0)
SHARED = "shared"
_ABOUT = """# Thresholds

Every number that decides about a finding, with its unit and its source. This page is made by `make docs` from the
detectors, each of which holds its own, and from `analysis/thresholds.py`, which holds what several share.

The last two columns say how far a number can move. `make bench-thresholds` multiplies it by {down} and by {up}, and
judges the {recordings} recordings of `tests/recordings` again from their levels on. The first factor at which one of
them is named otherwise is given, with that recording. `none to ×0.5` means that no name changed down to half; a number
that no recording comes near shows that, too. A share is not moved to 1 or beyond. What decides before a level is
judged, about validity and the knee, is not moved: `as recorded`.
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """How far a threshold was moved in one direction: a factor, and the recording that it renamed, if any."""

    factor: float
    recording: str | None = None
    named: str | None = None

    def told(self) -> str:
        if self.recording is None:
            return f"none to ×{self.factor:g}" if self.factor != 1 else "not moved"
        return f"×{self.factor:g}: {self.recording}"


@dataclass(frozen=True, slots=True)
class Ladder:
    """Both directions, and the value from which they start."""

    value: float
    down: Moved
    up: Moved

    def within(self, low: float, high: float) -> bool:
        """Whether a recording is renamed between two factors."""
        return any(m.recording is not None and low <= m.factor <= high for m in (self.down, self.up))


def shared() -> tuple[Threshold, ...]:
    """Those of analysis/thresholds.py, in the order of the file."""
    return tuple(value for value in vars(thresholds).values() if isinstance(value, Threshold))


def own() -> Mapping[str, Sequence[Threshold]]:
    """Those that one detector alone goes by, by finding."""
    common = set(map(id, shared()))
    return {name: [t for t in detector.thresholds if id(t) not in common] for name, detector in DETECTORS.items()}


def judged_by() -> Mapping[str, Threshold]:
    """Those that count between a level and its findings, by the key under which their figures stand."""
    found = {f"{SHARED}/{t.name}": t for t in shared() if not isinstance(t, StageThreshold)}
    return found | {f"{finding}/{t.name}": t for finding, some in own().items() for t in some}


def write(ladders: Mapping[str, Ladder], recordings: Sequence[str]) -> None:
    """Keep the figures, and make the page again."""
    told = {"recordings": list(recordings), "moved": {key: asdict(ladder) for key, ladder in ladders.items()}}
    FIGURES.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    PAGE.write_text(page())


def page() -> str:
    figures: JSON = json.loads(FIGURES.read_text())
    low, high = (", ".join(f"{factor:g}" for factor in factors) for factors in (DOWN, UP))
    about = _ABOUT.format(down=low, up=high, recordings=len(figures["recordings"]))
    parts = [f"## {finding}\n\n{_table(finding, some, figures)}" for finding, some in own().items() if some]
    return "\n".join([about, f"## {SHARED}\n\n{_table(SHARED, shared(), figures)}", *parts])


def _table(owner: str, some: Sequence[Threshold], figures: JSON) -> str:
    lines = ["| name | value | unit | source | down | up |", "|---|---|---|---|---|---|"]
    return "\n".join([*lines, *(_row(owner, one, figures) for one in some)]) + "\n"


def _row(owner: str, one: Threshold, figures: JSON) -> str:
    ladder = figures["moved"].get(f"{owner}/{one.name}")
    if isinstance(one, StageThreshold):
        moves = ["as recorded"] * 2
    elif ladder is None or ladder["value"] != one:
        moves = ["not measured yet"] * 2
    else:
        moves = [Moved(**ladder[way]).told() for way in ("down", "up")]
    return f"| {' | '.join([f'`{one.name}`', str(one), one.unit, _linked(one.source), *moves])} |"


def _linked(source: str) -> str:
    return re.sub(r"docs/(sources\.md#([\w-]+))", r"[\2](\1)", source)


def main() -> int:
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
