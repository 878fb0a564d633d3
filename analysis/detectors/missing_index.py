"""A table is read whole to find few rows: the scan grows with the data, and with it everything that waits for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, Needs, supported
from analysis.detectors._index_sql import Index, by, few
from analysis.detectors._relief import as_quick_as_usual
from analysis.detectors._sign import Sign
from analysis.level.level_data import PAGE_BYTES, LevelData
from analysis.record import plans
from analysis.record.sql_equalities import MOST_COLUMNS, equality_columns, serves
from analysis.record.sql_index_order import next_column
from analysis.record.sql_text import checks_foreign_key, mentions
from analysis.thresholds import Threshold
from rampart import metrics
from rampart.finding import Evidence, Finding, Remedy
from rampart.model import JSON, Counter

SCAN_ROWS = Threshold(
    "SCAN_ROWS", 5_000, "rows read by one scan",
    "judged: PgHero suggests an index from 10,000 rows on (docs/sources.md#pghero), and tables grow",
)  # fmt: skip
SCAN_SHARE = Threshold(
    "SCAN_SHARE", 0.5, "of a table's rows read, which come from full scans", "judged: the larger part"
)
SELECTIVITY = Threshold(
    "SELECTIVITY", 0.05, "of the rows, which a scan keeps", "judged: of more, reading the table whole is no detour"
)

_BLOCKS = (metrics.STATEMENT_BLOCKS_HIT, metrics.STATEMENT_BLOCKS_READ)


def _claim(level: LevelData, statement: str) -> Sequence[Evidence] | None:
    wanted = _missing(level, statement)
    return [wanted.read, _selectivity(wanted)] if wanted is not None else None


def _missing(level: LevelData, statement: str) -> _Wanted | None:
    """The first index that a statement asks for, that would choose few rows, and that is not there."""
    if checks_foreign_key(level.statement(statement)):
        return None
    for wanted in (*_by_plan(level, statement), *_by_tables(level, statement)):
        kept_little = wanted.kept is None or wanted.kept <= SELECTIVITY
        if wanted.columns and kept_little and not _indexed(level, wanted, statement):
            return wanted
    return None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An index that a statement asks for: how that is seen, and the share of the table's rows that it keeps."""

    table: str
    columns: tuple[str, ...]
    kept: float | None
    how: str
    read: Evidence
    narrowed: bool = False  # whether an index narrows it by some of the columns


def _by_plan(level: LevelData, statement: str) -> Iterator[_Wanted]:
    """From the plan: a scan that nothing narrows, of a statement that reads many pages a call."""
    plan = level.facts.get("statements", {}).get(statement, {}).get("plan")
    if not plan:
        return
    tables: JSON = level.facts.get("tables") or {}
    sizes = {name: float(about.get("rows") or 0) for name, about in tables.items()}
    for scan in plans.scans(plan, sizes):
        table = next((t for t in tables if t.rsplit(".", 1)[-1] == scan.table.rsplit(".", 1)[-1]), None)
        if table is not None and (read := _rows_read(level, statement, table, sizes[table])) is not None:
            if scan.narrowed:  # each page that it touched held one row at least
                share = min(scan.rows / _pages(level, statement), 1.0)
                yield _Wanted(table, scan.columns, share, "of what an index narrows it to it keeps at most", read)
            else:
                yield _Wanted(table, scan.columns, scan.kept, "the planner expects to keep", read)


def _pages(level: LevelData, statement: str) -> float:
    """Pages that one call of a statement touches; 0 where it was not called."""
    calls, _ = level.per_request(metrics.STATEMENT_CALLS, "statement")
    touched = [level.per_request(metric, "statement")[0].get(statement, 0.0) for metric in _BLOCKS]
    return sum(touched) / calls[statement] if calls.get(statement) else 0.0


def _rows_read(level: LevelData, statement: str, table: str, rows: float) -> Evidence | None:
    """Pages a call times rows a page, at most the table: what one call reads; None where that is little."""
    about = level.facts["tables"][table]
    pages = max(float(about.get("bytes") or 0) / PAGE_BYTES, 1.0)
    per_call = _pages(level, statement)
    read = min(per_call / pages, 1.0) * rows
    if read < SCAN_ROWS:
        return None
    return Evidence(
        f"one call reads about {read:,.0f} rows of {table} ({per_call:,.0f} pages)",
        read,
        f">= {SCAN_ROWS:.0f} rows a call",
        "readings-statements db.statement.blocks_hit, db.statement.blocks_read / db.statement.calls",
    )


def _by_tables(level: LevelData, statement: str) -> Iterator[_Wanted]:
    """Without a plan: a table that is read whole, named in the text beside columns compared with parameters."""
    facts = level.facts.get("statements", {}).get(statement, {})
    text = level.statement(statement)
    if facts.get("plan"):
        return
    for table in _scanned_tables(level):
        if mentions(text, table):
            size = float(((level.facts.get("tables") or {}).get(table) or {}).get("rows") or 0)
            returned, _ = level.per_request(metrics.STATEMENT_ROWS, "statement")
            calls, _ = level.per_request(metrics.STATEMENT_CALLS, "statement")
            kept = returned.get(statement, 0.0) / calls[statement] / size if size and calls.get(statement) else None
            yield _Wanted(table, equality_columns(text, table), kept, "it returned", _scan_evidence(level, table))


def _scanned_tables(level: LevelData) -> list[str]:
    """Tables read whole at the knee, largest reads first."""
    read = (metrics.TABLE_SEQ_SCANS, metrics.TABLE_SEQ_ROWS, metrics.TABLE_INDEX_ROWS)
    scans, rows, by_index = (_totals(level, metric) for metric in read)
    found = [
        table
        for table, count in scans.items()
        if count >= 3
        and rows.get(table, 0.0) / count >= SCAN_ROWS
        and rows[table] / (rows[table] + by_index.get(table, 0.0)) >= SCAN_SHARE
    ]
    return sorted(found, key=lambda table: -rows[table])


def _totals(level: LevelData, metric: Counter) -> dict[str, float]:
    gains: dict[str, float] = {}
    for point in (*level.low, *level.high):
        for table, gain in level.readings.increases(metric, "table", *point.window).items():
            gains[table] = gains.get(table, 0.0) + gain
    return gains


def _indexed(level: LevelData, wanted: _Wanted, statement: str) -> bool:
    """Whether an index that is there serves all the columns."""
    indexes = (level.facts.get("tables") or {}).get(wanted.table, {}).get("indexes", [])
    return any(serves(definition, wanted.columns[:MOST_COLUMNS], level.text(statement) or "") for definition in indexes)


def _scan_evidence(level: LevelData, table: str) -> Evidence:
    scans, rows = _totals(level, metrics.TABLE_SEQ_SCANS)[table], _totals(level, metrics.TABLE_SEQ_ROWS)[table]
    return Evidence(
        f"{table} had {scans:,.0f} sequential scans in the compared stages, of {rows / scans:,.0f} rows each "
        "(each worker of a parallel scan counts as one)",
        rows / scans,
        f">= {SCAN_ROWS:.0f} rows per scan",
        "readings-tables db.table.seq_rows / db.table.seq_scans",
    )


def _selectivity(wanted: _Wanted) -> Evidence:
    share = "an unknown share" if wanted.kept is None else f"{wanted.kept:.2%}"
    return Evidence(
        f"{wanted.how} {share} of the rows of {wanted.table}, chosen by {', '.join(wanted.columns)}, "
        f"and no index has {'them all' if len(wanted.columns) > 1 else 'it'} in front",
        float("nan") if wanted.kept is None else wanted.kept,
        f"<= {SELECTIVITY:.0%} of the rows",
        "statements.json plan and indexes",
    )


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:
    if not claims:
        return None
    worst = max(claims, key=lambda s: attribution.statements.get(s, 0.0))
    wanted = _missing(level, worst)
    if wanted is None:
        return None
    table, columns = wanted.table, wanted.columns[:MOST_COLUMNS]
    indexes = _indexes(level, attribution, claims)
    share = attribution.share(sum(attribution.statements.get(s, 0.0) for s in claims))
    _, calls = level.per_request(metrics.STATEMENT_CALLS, "statement")
    _, spent = level.per_request(metrics.STATEMENT_EXEC_MS, "statement")
    total = sum(spent.values())
    took = Evidence(
        f"the statement takes {spent.get(worst, 0) / max(calls.get(worst, 0), 1e-9):.3g} ms a call and "
        f"{spent.get(worst, 0) / max(total, 1e-9):.0%} of the database's execution time: "
        f"{level.statement(worst)[:160]}",
        spent.get(worst, 0.0) / max(total, 1e-9),
        "the share of the database's time that the remedy would free",
        "readings-statements db.statement.exec_ms",
    )
    remedy = Remedy(
        f"Index {by(indexes)}: the rows read then no longer grow with the table.",
        "\n".join(index.sql for index in indexes),
    )
    return supported(
        "missing-index", "database", level, share, [*claims[worst], took], remedy,
        resource=f"{table} ({', '.join(columns)})", endpoint=level.endpoint_of(worst),
    )  # fmt: skip


def _indexes(level: LevelData, attribution: Attribution, claims: Claims) -> list[Index]:
    """The indexes that the claimed statements want, that of the costliest first; none for what load does not slow."""
    by_cost = sorted(claims, key=lambda s: (-attribution.statements.get(s, 0.0), s))
    slowed = [s for s in by_cost if attribution.statements.get(s, 0.0) > 0]
    found = []
    for statement in slowed or by_cost[:1]:
        if (wanted := _missing(level, statement)) is not None:
            equal = wanted.columns[:MOST_COLUMNS]
            then = next_column(level.text(statement) or "", wanted.table, equal) if len(equal) < MOST_COLUMNS else None
            found.append(Index(wanted.table, equal, then))
    return few(found)


DETECTOR = Detector(
    "missing-index", "database", "A table is read whole to find few rows.", _detect, _claim,
    thresholds=(SCAN_ROWS, SCAN_SHARE, SELECTIVITY),
    relief=as_quick_as_usual(),
    headline="a missing index on {resource}",
    seen_by=("pg_stat_statements",),
    signs=(
        Sign("per request", metrics.TABLE_SEQ_ROWS, "rows of {table} read by full scans", labels={"table": "{table}"}),
    ),
    awaited="database",
    needs=(Needs.SQL,),
)  # fmt: skip
