"""Whether this machine has PgBouncer, which comes with no Python package."""

from __future__ import annotations

import pytest

from lab.pgbouncer import installed
from rampart.errors import NotReady


def missing() -> bool:
    try:
        installed()
    except NotReady:
        return True
    return False


needed = pytest.mark.skipif(missing(), reason="PgBouncer is not installed: apt-get install pgbouncer")
