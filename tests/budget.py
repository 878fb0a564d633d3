"""What the tests cost in CPU seconds, and the limit of the unit tests. Wall time says what else the machine did."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

UNIT_CPU_S = 90.0  # on the machine of REFERENCE_S
REFERENCE_S = 0.045  # of `yardstick` there: two cores, both at work
_SLACK = 1.2  # two measurements of one commit differ by so much


def cpu_s() -> float:
    """CPU seconds of this process and of the children that it has waited for."""
    return sum(os.times()[:4])


def yardstick() -> float:
    """CPU seconds of a fixed piece of work, which says how fast this machine is; the quickest of five."""

    def once() -> float:
        began = time.process_time()
        words: dict[str, int] = {}
        for number in range(400_000):
            key = str(number % 5_000)
            words[key] = words.get(key, 0) + number
        return time.process_time() - began

    return min(once() for _ in range(5))


def part_of(path: Path, tests: Path) -> str:
    """The part of the tests that a file belongs to: `unit`, `integration/lab`."""
    first, *rest = path.relative_to(tests).parts
    return f"{first}/{rest[0]}" if first == "integration" and len(rest) > 1 else first


def limit_s(yardstick_s: float) -> float:
    """What the unit tests may cost on a machine with such a yardstick; a faster machine gets no less."""
    return UNIT_CPU_S * _SLACK * max(1.0, yardstick_s / REFERENCE_S)


def lines(cost: Counter[str], yardstick_s: float) -> list[str]:
    """The cost of each part, and last, whether the unit tests keep to their limit."""
    told = [f"CPU {cost[part]:6.1f} s  {part}" for part in sorted(cost, key=lambda part: -cost[part])]
    over = " — too much: `pytest tests/unit --durations=20` shows where" if exceeded(cost, yardstick_s) else ""
    return [*told, f"unit tests: at most {UNIT_CPU_S:.0f} s of CPU, {limit_s(yardstick_s):.0f} s here{over}"]


def exceeded(cost: Counter[str], yardstick_s: float) -> bool:
    """Whether the unit tests cost more than they may on this machine."""
    return cost["unit"] > limit_s(yardstick_s)
