"""The target fails every request for some seconds."""

from tests.acceptance.chaos.faults._fault import SURVIVED, Fault
from tests.acceptance.chaos.faults._misbehaviour import for_a_while

STORM_500 = Fault("storm 500", "the target answers 500 for 4 s", for_a_while("500"), SURVIVED)
