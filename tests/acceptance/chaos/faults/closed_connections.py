"""Connections are closed without an answer for some seconds."""

from tests.acceptance.chaos.faults._fault import SURVIVED, Fault
from tests.acceptance.chaos.faults._misbehaviour import for_a_while

CLOSED_CONNECTIONS = Fault(
    "closed connections", "the target closes connections without an answer for 4 s", for_a_while("closed"), SURVIVED
)
