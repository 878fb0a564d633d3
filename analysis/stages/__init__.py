"""Each stage as an operating point, and whether it can be trusted."""
