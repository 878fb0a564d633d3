"""The buckets in which latencies are counted: 2 % wide, from 0.02 ms to about 4 minutes.

The recorder writes their numbers into its live lines, the analysis counts all recorded requests in them.
"""

from __future__ import annotations

import math

BUCKETS = 820
LOW_MS = 0.02
STEP = 0.02  # of the natural logarithm


def bucket(milliseconds: float) -> int:
    """The number of the bucket of a value; what lies beyond either end is counted in the last one there."""
    return min(int(math.log(max(milliseconds, LOW_MS) / LOW_MS) / STEP), BUCKETS - 1)
