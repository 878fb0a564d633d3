"""Simulated targets whose true knee is known: exact networks, time-driven fluids, and the ramps that measure them."""
