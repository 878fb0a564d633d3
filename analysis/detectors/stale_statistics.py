"""The planner believes in a table that no longer exists, and chooses a plan that is wrong for the one that does."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, Needs, supported
from analysis.detectors._relief import as_quick_as_usual
from analysis.detectors._sign import DATABASE_TIME
from analysis.level.level_data import PAGE_BYTES, LevelData
from analysis.record import plans, sql_text
from analysis.record.readings import Series
from analysis.record.sql_equalities import table_in_sql
from analysis.thresholds import Threshold
from rampart import metrics
from rampart.finding import Evidence, Finding, Remedy

STALE_SHARE = Threshold(
    "STALE_SHARE", 0.2, "of a table's rows, changed since ANALYZE",
    "twice what autovacuum waits for, so not merely due (docs/sources.md#postgresql)",
)  # fmt: skip
STALE_ROWS = Threshold("STALE_ROWS", 1_000, "rows", "judged: smaller tables are planned well enough without statistics")
HANDED_IN = Threshold(
    "HANDED_IN", 1.1, "times the rows that were inserted and not deleted",
    "judged: a table that is counted to hold more was counted by the load itself; both counts are estimates",
)  # fmt: skip
MISJUDGED = Threshold(
    "MISJUDGED", 10.0, "times the rows or pages that the planner expected",
    "judged: plans change by orders of magnitude",
)  # fmt: skip


def _claim(level: LevelData, statement: str) -> Sequence[Evidence] | None:
    """A statement on a table with stale statistics, whose plan expects far less than what it really met."""
    found = _stale(level, statement)
    misjudged = _misjudged(level, statement) if found else None
    return [next(iter(found.values())), misjudged] if misjudged is not None else None


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:
    heavy = [
        s
        for s, ms in attribution.statements.items()
        if attribution.share(ms) >= thresholds.NOTED_SHARE and _stale(level, s)
    ]
    by_cost = sorted(claims or heavy, key=lambda s: (-attribution.statements.get(s, 0.0), s))
    if not by_cost:
        return None
    worst = by_cost[0]
    table, stale = next(iter(_stale(level, worst).items()))
    unproven = Evidence(
        f"no plan shows that it is misled: {level.statement(worst)[:160]}",
        0.0,
        f">= {MISJUDGED:g} times what the planner expects",
        "statements.json plan",
        holds=False,
    )
    share = attribution.share(sum(attribution.statements.get(s, 0.0) for s in claims))
    remedy = Remedy(
        f"Run ANALYZE on {table}, at the end of each import too, and let autovacuum come sooner on large tables "
        "(autovacuum_analyze_scale_factor = 0.01).",
        _sql([next(iter(_stale(level, statement))) for statement in by_cost]),
    )
    return supported(
        "stale-statistics", "database", level, share, claims.get(worst, [stale, unproven]), remedy,
        resource=table, endpoint=level.endpoint_of(worst),
    )  # fmt: skip


def _sql(tables: Sequence[str]) -> str:
    """Statistics for each table now, and by itself once a hundredth of its rows has changed."""
    names = [table_in_sql(table) for table in dict.fromkeys(tables)]
    sooner = [f"ALTER TABLE {name} SET (autovacuum_analyze_scale_factor = 0.01);" for name in names]
    return "\n".join([*(f"ANALYZE {name};" for name in names), *sooner])


def _stale(level: LevelData, statement: str) -> dict[str, Evidence]:
    """The tables of a statement whose statistics are old, with the reason; the one with most rows first."""
    text = level.statement(statement)
    found: dict[str, tuple[float, Evidence]] = {}
    for series in level.readings.of(metrics.TABLE_LIVE_ROWS):
        table = series.labels.get("table", "")
        if not sql_text.mentions(text, table):
            continue
        rows = _at_knee(level, series)
        if rows is not None and rows >= STALE_ROWS and (evidence := _reason(level, table, rows)) is not None:
            found[table] = (rows, evidence)
    return {table: found[table][1] for table in sorted(found, key=lambda t: (-found[t][0], t))}


def _reason(level: LevelData, table: str, rows: float) -> Evidence | None:
    analyzed = [_at_knee(level, s) for s in level.readings.of(metrics.TABLE_ANALYZED, table=table)]
    if analyzed and analyzed[0] == 0:
        return Evidence(
            f"{table} has {rows:,.0f} rows and was never analysed",
            0.0,
            "statistics for each table that is queried",
            "readings-tables db.table.analyzed",
        )
    changed = [_at_knee(level, s) for s in level.readings.of(metrics.TABLE_MODIFIED_SINCE_ANALYZE, table=table)]
    if not changed or changed[0] is None or changed[0] < STALE_SHARE * rows or _counted_twice(level, table, rows):
        return None
    return Evidence(
        f"{changed[0]:,.0f} of the {rows:,.0f} rows of {table} were changed since it was last analysed",
        changed[0] / rows,
        f"< {STALE_SHARE:.0%}: autovacuum would have come at a tenth",
        "readings-tables db.table.modified_since_analyze / db.table.live_rows",
    )


def _counted_twice(level: LevelData, table: str, rows: float) -> bool:
    """Whether a table seems to hold more rows than were ever inserted.

    ANALYZE sets the count to what is there; a load that hands in its own count after it has its rows counted again, and
    as changed since. The statistics are then fresh.
    """
    inserted, deleted = (
        [_at_knee(level, s) for s in level.readings.of(metric, table=table)]
        for metric in (metrics.TABLE_INSERTED, metrics.TABLE_DELETED)
    )
    if not inserted or inserted[0] is None:
        return False
    return rows > HANDED_IN * (inserted[0] - ((deleted[0] or 0.0) if deleted else 0.0))


def _at_knee(level: LevelData, series: Series) -> float | None:
    """The last value read until the high stages ended; what is read at a stage's end may come two seconds late."""
    until = max((p.window[1] for p in level.high), default=0.0) + 2.0
    before = series.value[series.at <= until]
    return float(before[-1]) if len(before) else None


def _misjudged(level: LevelData, statement: str) -> Evidence | None:
    """What one call met over what its plan expects, in rows returned or in pages touched; None: not far off."""
    root = plans.root((level.facts.get("statements") or {}).get(statement, {}).get("plan"))
    if root is None:
        return None
    calls, rows, *blocks = (
        level.per_request(metric, "statement")[1].get(statement, 0.0)
        for metric in (
            metrics.STATEMENT_CALLS,
            metrics.STATEMENT_ROWS,
            metrics.STATEMENT_BLOCKS_HIT,
            metrics.STATEMENT_BLOCKS_READ,
        )
    )
    if not calls:
        return None
    tables = level.facts.get("tables") or {}
    sizes = {name: float(about["bytes"]) / PAGE_BYTES for name, about in tables.items() if about.get("bytes")}
    met = [
        (rows / calls, plans.rows_returned(root), "rows returned"),
        (sum(blocks) / calls, plans.pages_touched(root, sizes), "pages touched"),
    ]
    seen, expected, what = max(met, key=lambda m: m[0] / max(m[1], 1.0))
    factor = seen / max(expected, 1.0)
    if factor < MISJUDGED:
        return None
    return Evidence(
        f"a call has {seen:,.0f} {what} where its plan expects {expected:,.0f}: {level.statement(statement)[:140]}",
        factor,
        f">= {MISJUDGED:g} times what the planner expects",
        "statements.json plan, readings-statements db.statement.rows, .blocks_hit, .blocks_read / .calls",
    )


DETECTOR = Detector(
    "stale-statistics", "database", "The planner is misled by old statistics.", _detect, _claim,
    thresholds=(STALE_SHARE, STALE_ROWS, MISJUDGED, HANDED_IN, thresholds.NOTED_SHARE),
    relief=as_quick_as_usual(),
    headline="outdated statistics of {resource}",
    claims_after=("missing-index",),
    signs=(DATABASE_TIME,),
    awaited="database",
    needs=(Needs.SQL,),
)  # fmt: skip
