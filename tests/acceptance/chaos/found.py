"""All faults, found by listing their folder."""

from rampart.plugins import discover
from tests.acceptance.chaos import faults
from tests.acceptance.chaos.covering import Pair, pairs
from tests.acceptance.chaos.faults._fault import Fault

FAULTS = discover(faults, Fault)
COMMANDS_OF = {name: fault.commands for name, fault in FAULTS.items()}


def all_pairs() -> list[Pair]:
    return pairs(COMMANDS_OF)
