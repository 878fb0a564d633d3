"""A planner of a real server, misled by a load after ANALYZE: told by its plan against what a call met."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.detectors.stale_statistics import DETECTOR
from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from probes import statements, tables
from rampart.config import Target
from rampart.model import JSON, Stage
from rampart.tables import READINGS, label_text, read_batches
from scenarios.generator.table_writer import TableWriter
from tests.integration.conftest import Database

QUERY = "SELECT note FROM parts WHERE kind = %s"


def case_of(database: Database, path: Path) -> tuple[LevelData, str]:
    """Ten calls of the query between two rounds of the probes, as analysis reads them, and the query's id."""
    target = Target("test", "http://127.0.0.1:1", postgres=database.conninfo())
    readers = [probe.connect(target) for probe in (tables.PROBE, statements.PROBE)]
    writer = TableWriter(path / "readings-x.arrow", READINGS)
    facts: JSON = {}
    for at in (0.0, 10.0):
        if at:
            with database.connect() as connection:
                for _ in range(10):
                    connection.execute(QUERY, [3])
        database.settle()
        for reader in readers:
            for reading in reader.read():
                writer.append((at, reading.metric.name, float(reading.value), label_text(reading.labels)))
    writer.close()
    for reader in readers:
        facts |= reader.facts()
        reader.close()
    point = Point(Stage(0, 1, 1, "coarse", 0.0, 0.0, 10.0), 0, 10, 0, 1.0, 1.0)
    readings = Readings(read_batches(path / "readings-x.arrow"))
    knee = KneeEstimate(None, None, None, "one stage", None, None)
    case = LevelData(1, [point], [point], [point], knee, {}, [], Requests([point.stage]), readings, facts, 500.0)
    return case, next(s for s, about in facts["statements"].items() if "FROM parts" in about["text"])


@pytest.mark.parametrize("again", [False, True], ids=["stale", "analysed again"])
def test_a_load_after_analyze_misleads_the_planner_until_the_next(
    database: Database, tmp_path: Path, again: bool
) -> None:
    # A session each, since one hands in its counts after an ANALYZE of its own.
    for step in (
        "CREATE TABLE parts (kind int, note text) WITH (autovacuum_enabled = off); CREATE INDEX ON parts (kind)",
        "INSERT INTO parts SELECT n, 'few' FROM generate_series(1, 1000) n",
        "ANALYZE parts",
        "INSERT INTO parts SELECT n % 10, 'many' FROM generate_series(1, 20000) n",
        *(["ANALYZE parts"] if again else []),
    ):
        with database.connect() as connection:
            connection.execute(step.encode())
        database.settle()
    assert DETECTOR.claim is not None
    case, statement = case_of(database, tmp_path)
    claimed = DETECTOR.claim(case, statement)
    assert (claimed is None) == again
    assert again or "20,000 of the 21,000 rows of public.parts" in claimed[0].claim  # type: ignore[index]
