"""Randomness as a function of names and numbers: any row can be drawn alone, in any order, on any machine."""

from __future__ import annotations

from functools import cache, lru_cache
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

# Curves are tables with so many steps: a power or a logarithm for every row takes ten times as long, and its last bits
# are another machine's own.
_STEPS = 1 << 16


@lru_cache(maxsize=1024, typed=True)
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


def below(bits: Words, limit: Any, skew: float = 1.0) -> NDArray[np.int64]:
    """On {0, …, limit - 1} for limits (a number or one per row) below 2^32.

    Uniform, from the upper 32 bits; with `skew` above 1 the low ones are likelier (the uniform raised to that power, in
    65,536 steps).
    """
    if skew != 1 and isinstance(limit, int):
        return _places(limit, skew).take(_step(bits)).astype(np.int64)
    share = bits >> np.uint64(32) if skew == 1 else _powers(skew).take(_step(bits)).astype(np.uint64)
    share *= np.asarray(limit, np.int64).view(np.uint64)
    share >>= np.uint64(32)
    return share.view(np.int64)


def exponential(bits: Words) -> NDArray[np.float32]:
    """Exponential with mean 1, in 65,536 steps up to 11.8."""
    return _waits().take(_step(bits))


def _step(bits: Words) -> NDArray[np.int64]:
    return (bits >> np.uint64(64 - 16)).view(np.int64)


@cache
def _powers(skew: float) -> NDArray[np.uint32]:
    """In units of 2^-32."""
    return (_middles() ** skew * 2.0**32).astype(np.uint32)


@cache
def _places(limit: int, skew: float) -> NDArray[np.uint32]:
    return (_powers(skew).astype(np.uint64) * np.uint64(limit) >> np.uint64(32)).astype(np.uint32)


@cache
def _waits() -> NDArray[np.float32]:
    return (-np.log1p(-_middles())).astype(np.float32)


def _middles() -> Floats:
    middles: Floats = (np.arange(_STEPS) + 0.5) / _STEPS
    return middles
