"""Memory does not grow with the data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.acceptance
_CHILD = """
import resource, sys
from seeders.growth.grow import find, grow
grow(find("lab"), sys.argv[1], int(sys.argv[2]), 1, lambda fraction, text: None)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(conninfo: str, tenants: int) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, conninfo, str(tenants)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    return int(done.stdout)


def test_three_times_the_tenants_take_no_more_memory(fresh):
    small, large = peak(fresh(), 1000), peak(fresh(), 3000)
    assert large < 1.1 * small
