"""Probes watch the target: one file for each question that is asked of it."""
