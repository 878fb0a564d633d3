"""What changed from one verdict to the next one of the same target, as `comparison.json` holds it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from rampart.errors import UsageError
from rampart.finding import STRICT, Text
from rampart.runs import Run


@dataclass(frozen=True, slots=True, config=STRICT)
class HeldUsers:
    """What a tenant level held, in users: `value` lies in [low, high]."""

    value: float
    low: float
    high: float | None  # None: no knee was reached

    @property
    def reached(self) -> bool:
        return self.high is not None

    @property
    def most(self) -> float:
        """The upper end, infinite where no knee was reached."""
        return math.inf if self.high is None else self.high


@dataclass(frozen=True, slots=True, config=STRICT)
class LevelComparison:
    """One tenant level that both runs have."""

    tenants: int
    change: Literal["lower", "higher", "same"]  # not "same" only where the 95 % intervals do not meet
    ratio: float | None  # after over before; None: one of the two knees was beyond the load that was tried
    before_users: HeldUsers
    after_users: HeldUsers
    sentence: Text


@dataclass(frozen=True, slots=True, config=STRICT)
class FirstComparison:
    """The first bottlenecks in words; None: none."""

    before: Text | None
    after: Text | None
    changed: bool


@dataclass(frozen=True, slots=True, config=STRICT)
class Comparison:
    """Two verdicts side by side."""

    schema: Literal[1]
    comparable: bool
    why_not: Text
    regressed: bool
    levels: tuple[LevelComparison, ...]
    first: FirstComparison
    new_violations: tuple[Text, ...]  # ids
    sentence: Text
    before: Text = ""  # the folder's name of the run before
    suspect: Text = ""  # where a level holds less: the versions of the target before and now


def write_comparison(run: Run, comparison: Comparison) -> None:
    """Write `comparison.json` of a run."""
    run.write_json("comparison.json", asdict(comparison))


def read_comparison(run: Run) -> Comparison | None:
    """The comparison of a run, None where it has none; a UsageError where it is damaged."""
    path = run.folder / "comparison.json"
    if not path.exists():
        return None
    try:
        return TypeAdapter(Comparison).validate_json(path.read_bytes(), strict=True)
    except (OSError, ValidationError) as error:
        why = str(error).splitlines()[0] if isinstance(error, OSError) else json.dumps(error.errors()[0]["msg"])
        raise UsageError(f"{path} is damaged", why, "Remove it: the report is made without a comparison.") from error
