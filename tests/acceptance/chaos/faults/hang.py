"""The target accepts connections and no longer answers."""

from tests.acceptance.chaos.faults._fault import FAILED, Fault

HANG = Fault("hang", "the target hangs from then on", lambda struck: struck.system.behave("hang"), FAILED)
