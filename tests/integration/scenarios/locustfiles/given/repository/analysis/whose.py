"""The user's own package of this name."""

WHOSE = "the user's analysis"
