"""An experiment: the remedy applied and undone by turns, in blocks."""
