"""From a recorded run to a verdict: pure functions, no I/O, no clock."""
