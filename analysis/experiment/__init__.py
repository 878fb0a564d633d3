"""Whether an experiment moved the knee, and by what mechanism."""
