"""The command gets SIGTERM."""

import signal

from tests.acceptance.chaos.faults._fault import INTERRUPTED, Fault

SIGTERM = Fault(
    "SIGTERM",
    "the command gets SIGTERM",
    lambda struck: struck.process.send_signal(signal.SIGTERM),
    INTERRUPTED,
    within_s=1.0,
)
