"""The reader presses Ctrl-C, and again while the command ends in order."""

import signal
import time

from tests.acceptance.chaos.faults._fault import EVERY, Expected, Fault, Struck

_BETWEEN_S = 0.7  # two within half a second count as one: a terminal sends it to the whole group


def _strike(struck: Struck) -> None:
    struck.process.send_signal(signal.SIGINT)
    time.sleep(_BETWEEN_S)
    struck.process.send_signal(signal.SIGINT)


CTRL_C_TWICE = Fault(
    "Ctrl-C twice", "Ctrl-C, and again 0.7 s later", _strike,
    {name: Expected((4,), says="(?i)interrupted|ended at once", in_words="ends at once") for name in EVERY},
    within_s=1.0,
)  # fmt: skip
