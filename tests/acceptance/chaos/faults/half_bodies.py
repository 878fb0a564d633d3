"""Answers break off in the middle of the body for some seconds."""

from tests.acceptance.chaos.faults._fault import SURVIVED, Fault
from tests.acceptance.chaos.faults._misbehaviour import for_a_while

HALF_BODIES = Fault("half bodies", "the target sends a quarter of each body for 4 s", for_a_while("half"), SURVIVED)
