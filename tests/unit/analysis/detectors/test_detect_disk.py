"""A disk that is busy with others' work than the database's, told from a disk that merely looks busy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planted.causes import Cause, verdict
from tests.planted.causes_disk import busy_disk, filled_by_database


@pytest.mark.parametrize("cause", [busy_disk(), busy_disk(writes=3.0), busy_disk(who="worker")])
def test_a_disk_that_requests_wait_for_is_named(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert found.first is not None and found.first.id == "disk", found.sentence
    assert found.first.resource == "disk vda"


def test_the_role_that_moves_most_is_told(tmp_path: Path) -> None:
    found = verdict(tmp_path, busy_disk(who="worker"))
    assert found.first is not None and "role worker" in found.first.remedy.text


@pytest.mark.parametrize(
    "cause",
    [busy_disk(pressure=0.02), busy_disk(always=True), busy_disk(waited=False, pressure=0.05)],
    ids=["many things at once", "a backup at any load", "requests wait for something else"],
)
def test_a_disk_that_nobody_waits_for_is_not_the_limit(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert found.first is None or found.first.id != "disk", found.sentence


def test_what_the_database_itself_reads_is_its_own(tmp_path: Path) -> None:
    found = verdict(tmp_path, filled_by_database())
    assert found.first is not None and found.first.id == "db-io", found.sentence
    assert {f.id: f.status for f in found.ranked}.get("disk") != "supported"
