"""The target answers with bytes that are not HTTP, from then on."""

from tests.acceptance.chaos.faults._fault import FAILED, Fault

GARBAGE = Fault(
    "garbage", "the target answers garbage from then on", lambda struck: struck.system.behave("garbage"), FAILED
)
