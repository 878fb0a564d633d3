"""A test whose users cost more than what they test."""

from lab.flaws._flaw import Flaw

FLAW = Flaw(
    name="load-generator",
    summary="users compare each answer with the one before, line by line",
    breaks="The load generator fills its core long before the product does; what bends is its own curve.",
    finding="load-generator",
    tenants=100,
    users="120 to 180",
    remedy="Check little while loading, or give the generator more processes; what it could not send says nothing.",
    scenario="scenarios/comparing.py",
)
