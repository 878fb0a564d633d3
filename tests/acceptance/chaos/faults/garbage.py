"""The target answers with bytes that are no HTTP, and goes on so."""

from tests.acceptance.chaos.faults._fault import FAILED, Fault

GARBAGE = Fault("garbage", "answers garbage, and goes on so", lambda struck: struck.system.behave("garbage"), FAILED)
