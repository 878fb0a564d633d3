"""One file describes one target. A package, so that the wheel holds the lab's, which is the default."""
