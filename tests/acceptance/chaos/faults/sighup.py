"""The command gets SIGHUP."""

import signal

from tests.acceptance.chaos.faults._fault import INTERRUPTED, Fault

SIGHUP = Fault(
    "SIGHUP",
    "the command gets SIGHUP, as from a closed terminal",
    lambda struck: struck.process.send_signal(signal.SIGHUP),
    INTERRUPTED,
    within_s=1.0,
)
