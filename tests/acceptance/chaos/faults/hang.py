"""The target accepts connections and answers nothing any more."""

from tests.acceptance.chaos.faults._fault import FAILED, Fault

HANG = Fault("hang", "hangs, and stays so", lambda struck: struck.system.behave("hang"), FAILED)
