"""A target that misbehaves for some seconds and then is well again."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.acceptance.chaos.faults._fault import Struck

_SECONDS = 4.0


def for_a_while(mode: str) -> Callable[[Struck], None]:
    def strike(struck: Struck) -> None:
        struck.system.behave(mode)
        time.sleep(_SECONDS)
        struck.system.behave()

    return strike
