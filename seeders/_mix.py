"""Randomness as a function of names and numbers: any row can be drawn alone, in any order, on any machine."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Floats = NDArray[np.float64]

# Weyl increment and multipliers of splitmix64 (Steele, Lea, Flood, OOPSLA 2014).
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def salt(*names: object) -> np.uint64:
    """64 bits that stand for a sequence of names."""
    text = "\x1f".join(map(str, names)).encode()
    return np.uint64(int.from_bytes(blake2b(text, digest_size=8).digest(), "big"))


def mixed(values: Words) -> Words:
    """The finaliser of splitmix64, in place: every bit of the input moves every bit of the output."""
    values ^= values >> np.uint64(30)
    values *= _FIRST
    values ^= values >> np.uint64(27)
    values *= _SECOND
    values ^= values >> np.uint64(31)
    return values


def unit(bits: Words) -> Floats:
    """Uniform on [0, 1), from the upper 53 bits."""
    result: Floats = (bits >> np.uint64(11)).astype(np.float64)
    result *= 2.0**-53
    return result


def below(bits: Words, limit: Any) -> NDArray[np.int64]:
    """Uniform on {0, …, limit - 1} for limits (a number or one per row) below 2^32, from the upper 32 bits."""
    product = (bits >> np.uint64(32)) * np.asarray(limit).astype(np.uint64)
    product >>= np.uint64(32)
    return product.view(np.int64)
