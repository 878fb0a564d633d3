"""A table is read whole to find few rows: the scan grows with the data, and with it everything that waits for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis import thresholds as limits
from analysis.attribution.attribute import Blame
from analysis.detectors._detector import Claims, Detector, supported
from analysis.level.level_data import Case
from analysis.record import sql_text
from rampart.model import JSON, Evidence, Finding, Remedy

_PAGE = 8192  # bytes; Postgres is hardly ever built with another size
_KINDS = ("hit", "read")


def _claim(case: Case, statement: str) -> Sequence[Evidence] | None:
    for wanted in (*_by_plan(case, statement), *_by_tables(case, statement)):
        kept_little = wanted.kept is None or wanted.kept <= limits.SELECTIVITY
        if wanted.columns and kept_little and not _indexed(case, wanted.table, wanted.columns[0]):
            return [wanted.read, _selectivity(wanted)]
    return None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An index that a statement asks for: how that is seen, and the share of the table's rows that it keeps."""

    table: str
    columns: tuple[str, ...]
    kept: float | None
    how: str
    read: Evidence


def _by_plan(case: Case, statement: str) -> Iterator[_Wanted]:
    """From the plan: a scan that nothing narrows, of a statement that reads many pages a call."""
    plan = case.facts.get("statements", {}).get(statement, {}).get("plan")
    if not plan:
        return
    tables: JSON = case.facts.get("tables") or {}
    sizes = {name: float(about.get("rows") or 0) for name, about in tables.items()}
    for scan in sql_text.scans(plan, sizes):
        table = next((t for t in tables if t.rsplit(".", 1)[-1] == scan.table.rsplit(".", 1)[-1]), None)
        if table is not None and (read := _rows_read(case, statement, table, sizes[table])) is not None:
            yield _Wanted(table, scan.columns, scan.kept, "the planner expects to keep", read)


def _rows_read(case: Case, statement: str, table: str, rows: float) -> Evidence | None:
    """Pages a call times rows a page, at most the table: what one call reads; None where that is little."""
    about = case.facts["tables"][table]
    pages = max(float(about.get("bytes") or 0) / _PAGE, 1.0)
    calls, _ = case.per_request("db.statement.calls", "statement")
    touched = [case.per_request(f"db.statement.blocks_{kind}", "statement")[0].get(statement, 0.0) for kind in _KINDS]
    if not calls.get(statement):
        return None
    per_call = sum(touched) / calls[statement]
    read = min(per_call / pages, 1.0) * rows
    if read < limits.SCAN_ROWS:
        return None
    return Evidence(
        f"one call reads about {read:,.0f} rows of {table} ({per_call:,.0f} pages)",
        read,
        f">= {limits.SCAN_ROWS} rows a call",
        "readings-statements db.statement.blocks_hit, db.statement.blocks_read / db.statement.calls",
    )


def _by_tables(case: Case, statement: str) -> Iterator[_Wanted]:
    """Without a plan: a table that is read whole, named in the text beside columns compared with parameters."""
    facts = case.facts.get("statements", {}).get(statement, {})
    text = case.statement(statement)
    if facts.get("plan"):
        return
    for table in _scanned_tables(case):
        if sql_text.mentions(text, table):
            size = float(((case.facts.get("tables") or {}).get(table) or {}).get("rows") or 0)
            returned, _ = case.per_request("db.statement.rows", "statement")
            calls, _ = case.per_request("db.statement.calls", "statement")
            kept = returned.get(statement, 0.0) / calls[statement] / size if size and calls.get(statement) else None
            yield _Wanted(table, sql_text.equality_columns(text), kept, "it returned", _scan_evidence(case, table))


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


def _selectivity(wanted: _Wanted) -> Evidence:
    share = "an unknown share" if wanted.kept is None else f"{wanted.kept:.2%}"
    first = wanted.columns[0]
    return Evidence(
        f"{wanted.how} {share} of the rows of {wanted.table}, chosen by {', '.join(wanted.columns)}, "
        f"and no index begins with {first}",
        float("nan") if wanted.kept is None else wanted.kept,
        f"<= {limits.SELECTIVITY:.0%} of the rows",
        "statements.json plan and indexes",
    )


def _detect(case: Case, blame: Blame, claims: Claims) -> Finding | None:
    if not claims:
        return None
    worst = max(claims, key=lambda s: blame.statements.get(s, 0.0))
    wanted = next(w for w in (*_by_plan(case, worst), *_by_tables(case, worst)) if w.columns)
    table, columns = wanted.table, wanted.columns[:2]
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
