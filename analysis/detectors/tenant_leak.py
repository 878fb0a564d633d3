"""A tenant was shown another tenant's data."""

from __future__ import annotations

from analysis.detectors._violation import ViolationKind, of_answers

_REMEDY = (
    "Stop the rollout and treat it as an incident: who saw what, since when? Then look for a cache key without the "
    "tenant, a connection that kept the last request's tenant, and a query without a condition on the tenant."
)

VIOLATION = ViolationKind(
    "tenant-leak", "A tenant was shown another tenant's data.",
    of_answers("tenant-leak", "wrong_tenant", "belonged to another tenant", _REMEDY),
    outcome="wrong_tenant",
)  # fmt: skip
