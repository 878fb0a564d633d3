"""Between which values a threshold could lie without any comparison of a judgement turning out otherwise.

A judgement in which none does is the same judgement, so it need not be made again.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.thresholds import Threshold

_COMPARED = ("lt", "le", "gt", "ge", "eq", "ne")
_COMPUTED = ("add", "sub", "mul", "truediv")


class Watched(Threshold):
    """A threshold that notes what it is compared with. What is computed from it is compared unseen, so all is open."""

    __array_ufunc__ = None  # numpy leaves its operators to this class, and refuses its functions
    __hash__ = Threshold.__hash__
    below, above, computed = -np.inf, np.inf, False

    @classmethod
    def of(cls, threshold: Threshold) -> Watched:
        return cls(threshold.name, float(threshold), threshold.unit, threshold.source)

    def open_to(self, value: float) -> bool:
        """Whether something may turn out otherwise with another value."""
        return self.computed or not self.below < value < self.above

    def note(self, other: Any) -> None:
        values = np.atleast_1d(np.asarray(other, np.float64))
        own = float(self)
        self.below = max(self.below, float(values[values <= own].max(initial=-np.inf)))
        self.above = min(self.above, float(values[values >= own].min(initial=np.inf)))


def _comparing(name: str) -> Callable[[Watched, Any], Any]:
    plain = getattr(operator, name)

    def compare(self: Watched, other: Any) -> Any:
        self.note(other)
        return plain(float(self), other)

    return compare


def _computing(name: str, *, reflected: bool) -> Callable[[Watched, Any], Any]:
    plain = getattr(operator, name)

    def compute(self: Watched, other: Any) -> Any:
        self.computed = True
        return plain(other, float(self)) if reflected else plain(float(self), other)

    return compute


for _name in _COMPARED:
    setattr(Watched, f"__{_name}__", _comparing(_name))
for _name in _COMPUTED:
    setattr(Watched, f"__{_name}__", _computing(_name, reflected=False))
    setattr(Watched, f"__r{_name}__", _computing(_name, reflected=True))
