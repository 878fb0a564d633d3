"""The command is killed and cannot clean up: others must find what it leaves and undo it."""

import signal

from tests.acceptance.chaos.faults._fault import EVERY, Expected, Fault

SIGKILL = Fault(
    "SIGKILL", "the command is killed", lambda struck: struck.process.send_signal(signal.SIGKILL),
    {name: Expected((-9,), ended=() if name == "seed" else ("running",)) for name in EVERY}, within_s=1.0,
)  # fmt: skip
