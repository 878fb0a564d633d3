"""Rampart grows tenants, ramps users and names the first bottleneck."""

__version__ = "0.1.0"
