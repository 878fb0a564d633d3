"""Ordinary locustfiles: users, and what they do. Rampart composes its recorder and its shape from outside."""
