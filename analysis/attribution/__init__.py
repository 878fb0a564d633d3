"""What the added latency consists of, and who caused it."""
