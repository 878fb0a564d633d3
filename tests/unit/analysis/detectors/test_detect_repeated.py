"""A statement that is sent for each row of a list: the one row or the children that it belongs to, and no batches."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from analysis.attribution.repeated_statements import repeated_statements
from analysis.knee.estimate import KneeEstimate
from analysis.level.level_data import LevelData
from analysis.record.readings import Readings
from analysis.record.requests import Requests
from analysis.stages.operating_point import Point
from analysis.stages.service_demand import EndpointDemand
from rampart.model import Stage
from rampart.tables import READINGS

STAGE = Stage(0, 100, 10, "coarse", 0.0, 0.0, 10.0)
ONE = "SELECT name FROM users WHERE id = $1"
CHILDREN = "SELECT DISTINCT user_id FROM tasks WHERE tenant_id = $1 AND project_id = $2"


def case(text: str | None, *, calls: float = 25.0, rows: float = 1.0) -> LevelData:
    """One endpoint sends a statement so often, and each call returns so many rows."""
    at = np.arange(0.0, 11.0)
    batches = []
    for metric, each in (("calls", calls), ("rows", calls * rows)):
        name, labels = (
            pa.array([word] * len(at)).dictionary_encode() for word in (f"db.statement.{metric}", '{"statement": "7"}')
        )
        batches.append(pa.RecordBatch.from_arrays([pa.array(at), name, pa.array(at * each), labels], schema=READINGS))
    profile = [EndpointDemand("GET /projects", "projects", 10, 20.0, {"7": calls}, {"7": 1.0}, 5.0, None, None, None)]
    facts = {"statements": {"7": {"text": text}} if text else {}}
    point = Point(STAGE, 0, 10, 0, 20.0, 1.0, {})
    knee = KneeEstimate(60.0, 50.0, 70.0, None, 40.0, 0.5)
    requests = Requests([STAGE], ["GET /projects"], count=np.array([[10]]))
    return LevelData(100, [point], [point], [point], knee, {}, profile, requests, Readings(batches), facts, 500.0)


@pytest.mark.parametrize(
    ("text", "rows", "repeated"),
    [
        (ONE, 1.0, True),
        (CHILDREN, 6.0, True),
        (None, 1.0, True),
        (None, 6.0, False),  # rows of whom, its text does not tell
        ("SELECT id, name FROM users WHERE tenant_id = $1 AND id = ANY($2::bigint[])", 6.0, False),
        ("SELECT id, name FROM users WHERE id IN ($1, $2, $3)", 6.0, False),
        ("SELECT u.name FROM unnest($1::bigint[]) AS wanted JOIN users u ON u.id = wanted", 6.0, False),
        ("SELECT id FROM tasks WHERE tenant_id = $1 ORDER BY id LIMIT $2 OFFSET $3", 100.0, False),
        ("FETCH FORWARD 100 FROM listing", 100.0, False),
        ("SELECT id FROM tasks WHERE project_id IN (SELECT id FROM projects WHERE owner_id = $1)", 6.0, True),
    ],
)  # fmt: skip
def test_the_children_of_each_row_are_asked_for_again_and_again_too(
    text: str | None, rows: float, repeated: bool
) -> None:
    assert bool(repeated_statements(case(text, rows=rows))) is repeated


def test_a_handful_of_calls_is_no_loop() -> None:
    assert not repeated_statements(case(ONE, calls=4.0))
