"""An expensive answer is computed again although it has not changed since the same tenant asked before."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, Needs, supported
from analysis.detectors._sign import EXECUTIONS
from analysis.level.level_data import LevelData
from analysis.network.server import Relief, part_of
from analysis.record.sql_text import checks_foreign_key
from analysis.stages.service_demand import EndpointDemand
from analysis.thresholds import Threshold
from rampart.finding import Evidence, Finding, Remedy

REPEATED = Threshold(
    "REPEATED", 0.5, "of an endpoint's answers, equal to one given before to the same tenant", "judged: the larger part"
)


def _claim(level: LevelData, statement: str) -> Sequence[Evidence] | None:
    endpoint = level.endpoint_of(statement)
    row = next((r for r in level.profile if r.endpoint == endpoint), None)
    if row is None or endpoint is None or not endpoint.startswith(("GET ", "HEAD ")):
        return None
    if checks_foreign_key(level.statement(statement)):
        return None
    repeated = level.requests.repeated(endpoint)
    if repeated is None or repeated < REPEATED or row.db_ms < thresholds.EXPENSIVE_MS:
        return None
    return _evidence(row, repeated)


def _evidence(row: EndpointDemand, repeated: float) -> list[Evidence]:
    found = [
        Evidence(
            f"{repeated:.0%} of the answers of {row.endpoint} equal one given before to the same tenant",
            repeated,
            f">= {REPEATED:.0%}",
            "requests digest by tenant",
        ),
        Evidence(
            f"computing one takes {row.db_ms:.3g} ms of the database, each time it is asked for again",
            row.db_ms,
            f">= {thresholds.EXPENSIVE_MS:g} ms",
            "readings-statements db.statement.exec_ms in the profile",
        ),
    ]
    if row.cache_gets is not None:
        found.append(
            Evidence(
                f"it asks the cache {row.cache_gets:.2g} times per request",
                row.cache_gets,
                "a look-up that saves the work",
                "readings-redis redis.hits and redis.misses in the profile",
            )
        )
    return found


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:
    if not claims:
        return None
    worst = max(claims, key=lambda s: attribution.statements.get(s, 0.0))
    endpoint = level.endpoint_of(worst) or ""
    share = attribution.share(sum(attribution.statements.get(s, 0.0) for s in claims))
    remedy = Remedy(
        f"Keep the computed answer of {endpoint} in a cache under a key with the tenant in it, for a few minutes, "
        "one computation at a time per key; drop it when the tenant's data changes in a way that must show at once."
    )
    return supported(
        "cache-missing", "cache", level, share, claims[worst], remedy, resource=endpoint, endpoint=endpoint
    )


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """Answers that were given before are not computed again."""
    repeated = {s: level.requests.repeated(level.endpoint_of(s) or "") or 0.0 for s in claims}
    return Relief({part_of(s): share for s, share in repeated.items()})


DETECTOR = Detector(
    "cache-missing", "cache", "An expensive, unchanged answer is computed again.", _detect, _claim,
    thresholds=(REPEATED, thresholds.EXPENSIVE_MS),
    relief=_relief,
    headline="a missing cache for {endpoint}",
    claims_after=("cache-too-small",),
    signs=(EXECUTIONS,),
    awaited="database",
    needs=(Needs.DIGESTS,),
)  # fmt: skip
