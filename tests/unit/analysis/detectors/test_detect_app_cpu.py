"""An application that fills what it may use of a processor, whatever the host has beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.planted.causes import Cause, verdict
from tests.planted.causes_cpu import capped_application


@pytest.mark.parametrize(
    "cause",
    [capped_application(), capped_application(cores=1.5, processes=4), capped_application(cores=0.5, processes=2)],
    ids=["a quarter of a core", "four processes on one and a half", "two processes of half a core"],
)
def test_a_share_of_a_processor_that_is_used_up_is_the_limit(tmp_path: Path, cause: Cause) -> None:
    found = verdict(tmp_path, cause)
    assert found.first is not None and found.first.id == "app-cpu", found.sentence
    assert "cores that it may use" in found.first.evidence[0].claim
    assert found.first.remedy.text.startswith("Allow the application more than")


@pytest.mark.parametrize(
    "cause",
    [capped_application(full=0.5), capped_application(told=2.0)],
    ids=["half of it is left", "nobody sees a quota"],
)
def test_a_flat_use_alone_is_no_full_processor(tmp_path: Path, cause: Cause) -> None:
    """Whatever ends throughput makes everything flat: only what it may use tells that it has no more."""
    found = verdict(tmp_path, cause)
    assert found.first is None, found.sentence
