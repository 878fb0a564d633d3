"""The user presses Ctrl-C, and again while the command shuts down."""

import signal
import time

from tests.acceptance.chaos.faults._fault import EVERY, Expected, Fault, Struck

_BETWEEN_S = 0.7  # within half a second two count as one: a terminal sends each to the whole group


def _strike(struck: Struck) -> None:
    struck.process.send_signal(signal.SIGINT)
    time.sleep(_BETWEEN_S)
    struck.process.send_signal(signal.SIGINT)


CTRL_C_TWICE = Fault(
    "Ctrl-C twice", "Ctrl-C twice, 0.7 s apart", _strike,
    {name: Expected((4,), says="(?i)interrupted|ended at once", in_words="stops at once") for name in EVERY},
    within_s=1.0,
)  # fmt: skip
