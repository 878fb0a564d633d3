"""What two runs must have in common to be compared, as `run.json` holds it: each part as a digest and in words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from rampart.model import JSON

_DIGITS = 12  # of a digest: it tells some hundred contents apart and protects nothing
_UNKNOWN = "not recorded"


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Part:
    """One thing that would explain a difference between two runs by itself."""

    digest: str
    value: str  # for people

    @classmethod
    def of(cls, value: str, content: str | None = None) -> Part:
        """A part that is what it says, or for which `content` stands, which its value only describes."""
        return cls(_digest(value if content is None else content), value)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """All parts by name: `url`, `scenario`, `objectives`, `levels`, `host`."""

    total: str
    parts: Mapping[str, Part]

    @classmethod
    def of(cls, **parts: Part) -> Fingerprint:
        return cls(_digest("".join(f"{name}={part.digest};" for name, part in sorted(parts.items()))), parts)


@dataclass(frozen=True, slots=True)
class Difference:
    """One part in which two runs differ, in words."""

    part: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """Of values that are lists only what differs: a scenario may have many files."""
        old, new = self.before.split(", "), self.after.split(", ")
        before = [item for item in old if item not in new]
        after = [item for item in new if item not in old]
        if not (before or after):
            before, after = old, new
        return f"the {self.part} differs ({', '.join(before) or 'none'} before, {', '.join(after) or 'none'} now)"


def fingerprint_of(about: Mapping[str, Any]) -> Fingerprint | None:
    """The fingerprint in `run.json`; None where it has none that can be read: older versions recorded none."""
    try:
        return TypeAdapter(Fingerprint).validate_python(about.get("fingerprint"))
    except ValidationError:
        return None


def differences(before: Fingerprint, after: Fingerprint) -> tuple[Difference, ...]:
    """The parts that differ, in the order in which the later run has them; one that only one run has differs too."""
    names = [*after.parts, *(name for name in before.parts if name not in after.parts)]
    pairs = [(name, before.parts.get(name), after.parts.get(name)) for name in names]
    return tuple(
        Difference(name, old.value if old else _UNKNOWN, new.value if new else _UNKNOWN)
        for name, old, new in pairs
        if old is None or new is None or old.digest != new.digest
    )


def unlike(before: JSON, after: JSON) -> str:
    """Why two runs, given as their `run.json`, are not like with like, in words; empty where they are."""
    old, new = fingerprint_of(before), fingerprint_of(after)
    if old is None or new is None:
        which = "both runs have" if old is new else f"{'the run before' if old is None else 'this run'} has"
        return f"{which} no fingerprint, as an older Rampart made it: whether the conditions were alike is not known"
    return " and ".join(difference.sentence for difference in differences(old, new))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
