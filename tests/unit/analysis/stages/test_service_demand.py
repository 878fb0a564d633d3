"""A profiled task is named by the endpoint that tells it from others, also where it fetches a list first."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.stages.service_demand import _own_endpoints

LOGIN, LIST, DETAIL, COMMENT = range(4)


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        pytest.param([[1, 24, 0, 0], [0, 16, 16, 0], [1, 21, 0, 20]], [LIST, DETAIL, COMMENT], id="list first"),
        pytest.param([[1, 9, 0, 0], [1, 0, 9, 0]], [LIST, DETAIL], id="one request each"),
        pytest.param([[3, 20, 0, 0]], [LIST], id="a log-in of its own"),
        pytest.param([[0, 4, 20, 0]], [DETAIL], id="a task alone"),
        pytest.param([[0, 12, 0, 0], [0, 30, 1, 0]], [LIST, LIST], id="seldom its own"),
    ],
)
def test_the_endpoint_of_a_task(sent: list[list[int]], named: list[int]) -> None:
    assert _own_endpoints(np.array(sent)) == named
    assert _own_endpoints(np.zeros((0, 4), int)) == []
