"""The seconds of each phase: added up, in the order in which they began, however they end."""

from __future__ import annotations

import pytest

from seeders.database.phases import Phases, phases_text


def test_phases_are_added_up_in_their_order_and_an_error_ends_one():
    phases = Phases()
    with pytest.raises(RuntimeError), phases.timed("rows"):
        raise RuntimeError
    first = phases.seconds["rows"]
    for name in ("indexes", "rows"):
        with phases.timed(name):
            pass
    assert list(phases.seconds) == ["rows", "indexes"]
    assert phases.seconds["rows"] > first > 0


def test_what_took_no_time_is_not_told():
    assert phases_text({"rows": 2.51, "counting references": 0.01, "indexes": 1.0}) == "rows 2.5 s, indexes 1.0 s"
