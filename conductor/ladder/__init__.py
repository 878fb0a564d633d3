"""The ladder: mend the first bottleneck, ramp again, until the load is held."""
