"""How demand grows with tenants: d ln D / d ln T, from what was measured and from what is known of the mechanism.

Two levels give one slope, and a slope from two points is barely known: users are other tenants at each level, and a
statement's mean cost moves by a quarter for that alone. So each slope has a prior by its mechanism. What scans read
grows with the table, whose rows grow with the tenants: the time per row is a share of the statement's, and that share
has an elasticity of 1. All else stays, but for one in seven that surprises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.detectors.missing_index import SCAN_SHARE
from analysis.forecast.utilisation_law import DRAWS, Z95
from analysis.level.level_data import LevelData
from analysis.record import sql_text
from rampart import metrics
from rampart.prediction import Slope

Floats = NDArray[np.float64]

ROW_MS, ROW_SPREAD = 60e-6, 0.5  # time to read one row in a scan, ln-normal. Measured: 51 to 63 ns from 14 k rows on
# Standard deviation of ln(a mean cost) between levels, which are other tenants and other minutes: measured on the lab.
LEVEL_SPREAD = 0.25
SCAN_SPREAD = 0.1  # of a scan's: it reads the same rows whoever asks
USUAL, SURPRISES, SURPRISE = 0.1, 0.15, (0.5, 0.4)  # prior of what does not scan: its spread; how often not so, and how
ROWS_A_PAGE = 250  # 8192 bytes over the smallest row: a scan touches at least one page for so many rows
LEAST_SCANS = 3
GRID = np.linspace(-0.7, 1.7, 241)


@dataclass(frozen=True, slots=True)
class Cost:
    """One statement at one level, below the knee: what each request takes of it."""

    ms: float  # execution per request
    calls: float  # per request
    rows: float  # read by a scan in each call; 0: it does not scan
    table: str | None  # that it scans

    @property
    def call_ms(self) -> float:
        return self.ms / self.calls


def costs(level: LevelData) -> dict[str, Cost]:
    """The statements of a level by id."""
    spent, calls, hit, read = (
        level.per_request(metric, "statement")[0]
        for metric in (
            metrics.STATEMENT_EXEC_MS,
            metrics.STATEMENT_CALLS,
            metrics.STATEMENT_BLOCKS_HIT,
            metrics.STATEMENT_BLOCKS_READ,
        )
    )
    scanned = _scanned(level)
    found = {}
    for statement, ms in spent.items():
        if ms > 0 and (count := calls.get(statement, 0.0)) > 0:
            blocks = (hit.get(statement, 0.0) + read.get(statement, 0.0)) / count
            table = _reads_whole(level.statement(statement), count, blocks, scanned)
            found[statement] = Cost(ms, count, scanned[table][1] if table else 0.0, table)
    return found


def _scanned(level: LevelData) -> dict[str, tuple[float, float]]:
    """Tables that are mostly read whole: scans per request, and rows per scan."""
    read = (metrics.TABLE_SEQ_SCANS, metrics.TABLE_SEQ_ROWS, metrics.TABLE_INDEX_ROWS)
    scans, rows, by_index = (level.per_request(metric, "table")[0] for metric in read)
    requests = sum(p.requests for p in level.low)
    return {
        table: (count, rows[table] / count)
        for table, count in scans.items()
        if count * requests >= LEAST_SCANS
        and rows.get(table, 0.0) / (rows.get(table, 0.0) + by_index.get(table, 0.0) + 1e-9) >= SCAN_SHARE
    }


def _reads_whole(text: str, calls: float, blocks: float, scanned: Mapping[str, tuple[float, float]]) -> str | None:
    """The largest table that a statement reads whole: it names it, is called no more often than it is scanned, and
    touches pages enough to hold the rows."""
    tables = [
        (rows, table)
        for table, (scans, rows) in scanned.items()
        if sql_text.mentions(text, table) and calls <= 1.3 * scans and blocks >= rows / ROWS_A_PAGE
    ]
    return max(tables)[1] if tables else None


def growth(seen: Sequence[tuple[int, Cost]], tenants: int, rng: np.random.Generator) -> Floats:
    """Draws of a statement's cost per request at `tenants` over that of the last level seen, shape (DRAWS,).

    `seen` are its costs by rising tenant levels, at least one.
    """
    last_tenants, last = seen[-1]
    ratio = tenants / last_tenants
    if last.rows > 0:
        share = _share_of_rows(seen, rng)
        return np.asarray(1.0 - share + share * ratio, dtype=np.float64)
    points = [(t, float(np.log(cost.ms))) for t, cost in seen]
    last_off = np.exp(LEVEL_SPREAD / np.sqrt(2) * rng.normal(size=DRAWS))  # half of it is the slope's already
    return np.asarray(ratio ** slopes(points, LEVEL_SPREAD, rng) * last_off, dtype=np.float64)


def _share_of_rows(seen: Sequence[tuple[int, Cost]], rng: np.random.Generator) -> Floats:
    """Draws of the share of a scan's time that grows with the rows: D = a + b·T through the last two levels.

    With one level, rows times the usual time per row.
    """
    (last_tenants, last), before = seen[-1], [row for row in seen[:-1] if row[1].rows > 0]
    if not before:
        usual = last.rows * ROW_MS / last.call_ms * np.exp(ROW_SPREAD * rng.normal(size=DRAWS))
        return np.asarray(np.minimum(usual, 1.0), dtype=np.float64)
    first_tenants, first = before[-1]
    noise = np.exp(SCAN_SPREAD * np.sqrt(2) * rng.normal(size=DRAWS))
    share = (1 - first.call_ms / last.call_ms * noise) / (1 - first_tenants / last_tenants)
    return np.asarray(np.clip(share, 0.0, 1.0), dtype=np.float64)


def slopes(points: Sequence[tuple[int, float]], spread: float, rng: np.random.Generator | None = None) -> Floats:
    """Draws of d ln D / d ln T from (tenants, ln D) of each level and the prior of what does not scan.

    Without `rng` the 2.5, 50 and 97.5 % points instead.
    """
    usual = np.exp(-0.5 * (GRID / USUAL) ** 2) / USUAL
    other = np.exp(-0.5 * ((GRID - SURPRISE[0]) / SURPRISE[1]) ** 2) / SURPRISE[1]
    weight = (1 - SURPRISES) * usual + SURPRISES * other
    if len(points) > 1:
        slope, error = _line(points, spread)
        weight = weight * np.exp(-0.5 * ((GRID - slope) / error) ** 2)
    chance = np.cumsum(weight) / weight.sum()
    shares = np.array([0.025, 0.5, 0.975]) if rng is None else rng.random(DRAWS)
    return np.asarray(np.interp(shares, chance, GRID), dtype=np.float64)


def measured(points: Sequence[tuple[int, float]], spread: float) -> Slope | None:
    """The slope of (tenants, ln D) alone with its 95 % interval, without any prior; None from one level."""
    if len(points) < 2:
        return None
    slope, error = _line(points, spread)
    return Slope(slope, slope - Z95 * error, slope + Z95 * error)


def _line(points: Sequence[tuple[int, float]], spread: float) -> tuple[float, float]:
    """The slope of values on ln T, and its standard error where each value is off by `spread`."""
    at = np.log([tenants for tenants, _ in points])
    slope = np.polyfit(at, [value for _, value in points], 1)[0]
    return float(slope), spread / float(np.std(at) * np.sqrt(len(at)))


def of_scan(seen: Sequence[tuple[int, Cost]]) -> float:
    """The local elasticity of a scan's time at the last level: its median share of time that grows with the rows."""
    return float(np.median(_share_of_rows(seen, np.random.default_rng(0))))
