"""One statement is expensive in itself: nothing cheaper (an index, one round trip, a cache) explains it away."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, supported
from analysis.detectors._relief import as_quick_as_usual
from analysis.detectors._sign import DATABASE_TIME, EXECUTIONS
from analysis.level.level_data import LevelData
from analysis.record.sql_text import checks_foreign_key
from analysis.thresholds import Threshold
from rampart import metrics
from rampart.finding import Evidence, Finding, Remedy

SLOW_MS = Threshold("SLOW_MS", 20.0, "ms a call at low load", "PgHero's slow statement (docs/sources.md#pghero)")
SPILL_BLOCKS = Threshold(
    "SPILL_BLOCKS", 128, "blocks that a call writes to temporary files", "judged: 1 MiB of 8 KiB blocks"
)


def _claim(level: LevelData, statement: str) -> Sequence[Evidence] | None:
    mean = level.call_ms(statement)
    if mean is None or mean < SLOW_MS or checks_foreign_key(level.statement(statement)):
        return None
    found = [
        Evidence(
            f"it takes {mean:.3g} ms a call while the system is far from its limit: {level.statement(statement)[:160]}",
            mean,
            f">= {SLOW_MS:g} ms",
            "readings-statements db.statement.exec_ms / db.statement.calls in the low stages",
        )
    ]
    calls, _ = level.per_request(metrics.STATEMENT_CALLS, "statement")
    temporary, _ = level.per_request(metrics.STATEMENT_TEMP_BLOCKS, "statement")
    spilled = temporary.get(statement, 0.0) / calls[statement]
    if spilled >= SPILL_BLOCKS:
        found.append(
            Evidence(
                f"each call spills {spilled * 8 / 1024:.3g} MiB to disk",
                spilled,
                f">= {SPILL_BLOCKS:.0f} blocks",
                "readings-statements db.statement.temp_blocks",
            )
        )
    return found


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:
    if not claims:
        return None
    worst = max(claims, key=lambda s: attribution.statements.get(s, 0.0))
    share = attribution.share(sum(attribution.statements.get(s, 0.0) for s in claims))
    remedy = Remedy(
        "Read its plan (EXPLAIN (ANALYZE, BUFFERS)); fewer rows, a covering index, a summary table, or more work_mem "
        "where it spills. If nothing helps, compute it ahead of time and outside the request."
    )
    return supported(
        "slow-query", "database", level, share, claims[worst], remedy,
        resource=level.statement(worst)[:120], endpoint=level.endpoint_of(worst),
    )  # fmt: skip


DETECTOR = Detector(
    "slow-query", "database", "One statement is expensive in itself.", _detect, _claim,
    thresholds=(SLOW_MS, SPILL_BLOCKS),
    relief=as_quick_as_usual(),
    headline="a slow query in {endpoint}",
    parts=("db",),
    seen_by=("pg_stat_statements",),
    claims_after=("primary-reads",),
    signs=(DATABASE_TIME, EXECUTIONS),
    awaited="database",
)  # fmt: skip
