"""Whole numbers as decimal digits, by tables of one, two and four digits."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seeders.draw.arrow_arrays import Fields
from seeders.draw.drawn_values import Spelled

_AT_ONCE = {0: [], 1: [1], 2: [2], 3: [1, 2]}


def spelled(numbers: NDArray[np.int64], width: int = 0) -> Spelled:
    """Numbers from 0 on, with zeros before them up to `width` digits; without, the missing digits are holes."""
    low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    longest, shortest = (max(len(str(number)), width) for number in (high, low))
    holes = [(at, at + 1, numbers >= 10 ** (longest - 1 - at)) for at in range(longest - shortest)]
    return Spelled(_digits(numbers, longest), longest, holes)


def _digits(numbers: NDArray[np.int64], width: int) -> Fields:
    rest, fields = numbers, Fields()
    for size in [4] * (width // 4) + _AT_ONCE[width % 4]:
        ahead = rest // 10**size
        fields.insert(0, (f"u{size}", _table(size).take(rest - ahead * 10**size)))
        rest = ahead
    return fields


@cache
def _table(size: int) -> NDArray[Any]:
    """The digits of 0 to 10^size - 1, each row of bytes as one number that no byte order touches."""
    return np.array([f"{number:0{size}}" for number in range(10**size)], f"S{size}").view(f"u{size}")
