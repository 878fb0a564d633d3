"""How unequal tenants are: relative sizes (mean about 1) from a low-discrepancy sequence.

The sequence makes every level a fair sample: whales come in at 100 tenants as well as at 10,000, and the mean hardly
depends on the seed. Log-normal tails for firms: Kondo, Lewis, Stella, FEDS 2018-075; Zipf: Axtell, Science 293:1818.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from seeders.draw.random_stream import GOLDEN, Floats, salt, unit

_ZIPF_RANKS = 10_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """A preset: the name, and relative size as a function of the quantile."""

    name: str
    summary: str
    relative: Callable[[Floats], Floats]

    def __repr__(self) -> str:  # stands in a seeder's fingerprint, where an address must not
        return f"Sizes({self.name!r})"

    def of(self, tenants: int, seed: int) -> tuple[Floats, Floats]:
        """Quantiles in (0, 1) and relative sizes of tenants 1 … n; those of fewer tenants are a prefix."""
        weyl = np.arange(1, tenants + 1, dtype=np.uint64) * GOLDEN + salt("sizes", seed)
        quantiles = np.clip(unit(weyl), 1e-9, 1 - 1e-9)
        return quantiles, self.relative(quantiles)


def normal(quantiles: Floats) -> Floats:
    """Standard normal values at the given quantiles."""
    return np.fromiter(map(NormalDist().inv_cdf, quantiles.tolist()), float, len(quantiles))


def log_normal(name: str, sigma: float, summary: str) -> Sizes:
    """Log-normal with mean 1."""
    return Sizes(name, summary, lambda quantiles: np.exp(sigma * normal(quantiles) - sigma**2 / 2))


def _zipf(quantiles: Floats) -> Floats:
    half_rank = 0.5 / _ZIPF_RANKS  # the top of 10,000 is then one rank wide, not infinite
    sizes: Floats = 1 / (1 - quantiles + half_rank) / np.log(1 / half_rank)
    return sizes


def _self_serve(quantiles: Floats) -> Floats:
    paying = quantiles >= 0.6
    trial = 0.1 * (quantiles / 0.6) ** 2
    tail = np.exp(1.5 * normal(np.clip((quantiles - 0.6) / 0.4, 1e-9, 1 - 1e-9)) - 1.5**2 / 2)
    # Trials hold 0.6 × 0.1 / 3 of the rows, payers the rest.
    return np.where(paying, 0.1 + (0.98 - 0.04) / 0.4 * tail, trial)


B2B = log_normal("b2b", 2.0, "log-normal, sigma 2: a few large customers, many small ones")
B2B_MILD = log_normal("b2b-mild", 1.4, "log-normal, sigma 1.4: whales that do not drown everything else")
B2B_HEAVY = Sizes("b2b-heavy", "Zipf with exponent 1: the largest customer has a tenth of 10,000 tenants' rows", _zipf)
SELF_SERVE = Sizes("self-serve", "60 % trials below a tenth of the mean, log-normal payers", _self_serve)
UNIFORM = Sizes("uniform", "all alike: only to show what it hides", np.ones_like)

PRESETS = {preset.name: preset for preset in (B2B, B2B_MILD, B2B_HEAVY, SELF_SERVE, UNIFORM)}
