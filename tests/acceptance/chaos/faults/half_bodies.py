"""Answers end in their middle for some seconds."""

from tests.acceptance.chaos.faults._fault import SURVIVED, Fault
from tests.acceptance.chaos.faults._misbehaviour import for_a_while

HALF_BODIES = Fault("half bodies", "half of each answer is sent, for 4 s", for_a_while("half"), SURVIVED)
