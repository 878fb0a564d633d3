"""A rate limiter refuses everything for some seconds."""

from tests.acceptance.chaos.faults._fault import SURVIVED, Fault
from tests.acceptance.chaos.faults._misbehaviour import for_a_while

STORM_429 = Fault("storm 429", "the target answers 429 for 4 s", for_a_while("429"), SURVIVED)
