"""A table is read whole to find few rows: the scan grows with the data, and with it everything that waits for it."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import sqltext
from analysis import thresholds as limits
from analysis.blame import Blame
from analysis.case import Case
from analysis.detectors._detector import Claims, Detector, supported
from rampart.model import Evidence, Finding, Remedy


def _claim(case: Case, statement: str) -> Sequence[Evidence] | None:
    text = case.statement(statement)
    for table in _scanned_tables(case):
        if not sqltext.mentions(text, table):
            continue
        columns, kept, how = _wanted(case, statement, text, table)
        if columns and not _indexed(case, table, columns[0]) and (kept is None or kept <= limits.SELECTIVITY):
            return [_scan_evidence(case, table), _selectivity(kept, how, columns, table)]
    return None


def _scanned_tables(case: Case) -> list[str]:
    """Tables read whole at the knee, largest reads first."""
    scans, rows, by_index = (_totals(case, f"db.table.{name}") for name in ("seq_scans", "seq_rows", "index_rows"))
    found = [
        table
        for table, count in scans.items()
        if count >= 3
        and rows.get(table, 0.0) / count >= limits.SCAN_ROWS
        and rows[table] / (rows[table] + by_index.get(table, 0.0)) >= limits.SCAN_SHARE
    ]
    return sorted(found, key=lambda table: -rows[table])


def _totals(case: Case, metric: str) -> dict[str, float]:
    gains: dict[str, float] = {}
    for point in (*case.low, *case.high):
        for table, gain in case.readings.increases(metric, "table", *point.window).items():
            gains[table] = gains.get(table, 0.0) + gain
    return gains


def _wanted(case: Case, statement: str, text: str, table: str) -> tuple[tuple[str, ...], float | None, str]:
    """The columns that an index should have, and the share of the table's rows that the scan keeps, if known.

    From the plan where there is one; else from the text and from the rows that the statement returned.
    """
    facts = case.facts.get("statements", {}).get(statement, {})
    sizes = {name: float(about.get("rows") or 0) for name, about in (case.facts.get("tables") or {}).items()}
    if facts.get("plan"):
        for scan in sqltext.scans(facts["plan"], sizes):
            if scan.table.rsplit(".", 1)[-1] == table.rsplit(".", 1)[-1]:
                return scan.columns, scan.kept, "the planner expects to keep"
        return (), None, "its plan reads no table whole"
    returned, _ = case.per_request("db.statement.rows", "statement")
    calls, _ = case.per_request("db.statement.calls", "statement")
    size = sizes.get(table)
    kept = returned[statement] / calls[statement] / size if size and calls.get(statement) else None
    return sqltext.equality_columns(text), kept, "it returned"


def _indexed(case: Case, table: str, column: str) -> bool:
    indexes = (case.facts.get("tables") or {}).get(table, {}).get("indexes", [])
    return any(f"({column})" in definition or f"({column}," in definition for definition in indexes)


def _scan_evidence(case: Case, table: str) -> Evidence:
    scans, rows = _totals(case, "db.table.seq_scans")[table], _totals(case, "db.table.seq_rows")[table]
    return Evidence(
        f"{table} was read whole {scans:,.0f} times in the compared stages, {rows / scans:,.0f} rows each time",
        rows / scans,
        f">= {limits.SCAN_ROWS} rows per scan",
        "readings-tables db.table.seq_rows / db.table.seq_scans",
    )


def _selectivity(kept: float | None, how: str, columns: Sequence[str], table: str) -> Evidence:
    share = "an unknown share" if kept is None else f"{kept:.2%}"
    return Evidence(
        f"{how} {share} of the rows of {table}, chosen by {', '.join(columns)}, and no index begins with {columns[0]}",
        float("nan") if kept is None else kept,
        f"<= {limits.SELECTIVITY:.0%} of the rows",
        "statements.json plan and indexes",
    )


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:
    if not claims:
        return None
    worst = max(claims, key=lambda s: blame.statements.get(s, 0.0))
    table = next(t for t in _scanned_tables(case) if sqltext.mentions(case.statement(worst), t))
    columns = _wanted(case, worst, case.statement(worst), table)[0][:2]
    share = blame.share(sum(blame.statements.get(s, 0.0) for s in claims))
    _, calls = case.per_request("db.statement.calls", "statement")
    _, spent = case.per_request("db.statement.exec_ms", "statement")
    total = sum(spent.values())
    took = Evidence(
        f"the statement takes {spent.get(worst, 0) / max(calls.get(worst, 0), 1e-9):.3g} ms a call and "
        f"{spent.get(worst, 0) / max(total, 1e-9):.0%} of the database's execution time: {case.statement(worst)[:160]}",
        spent.get(worst, 0.0) / max(total, 1e-9),
        "the share of the database's time that the remedy would free",
        "readings-statements db.statement.exec_ms",
    )
    sql = f"CREATE INDEX CONCURRENTLY ON {table} ({', '.join(columns)});"
    remedy = Remedy(f"Index {table} by {', '.join(columns)}: the rows read then no longer grow with the table.", sql)
    return supported(
        "missing-index", "database", case, share, [*claims[worst], took], remedy,
        resource=f"{table} ({', '.join(columns)})", endpoint=case.endpoint_of(worst),
    )  # fmt: skip


DETECTOR = Detector("missing-index", "database", "A table is read whole to find few rows.", _detect, _claim)
