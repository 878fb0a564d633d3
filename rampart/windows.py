"""The measuring windows of one stage, as load tools and our own recorder give them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StageWindows:
    """One stage: several measuring windows at one user count. Arrays are 1-d, one value per window."""

    users: float
    throughput_rps: Floats
    mean_latency_s: Floats | None = None
