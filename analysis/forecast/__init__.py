"""Predictions: the next limit, the next tenant level, and what became of earlier ones."""
