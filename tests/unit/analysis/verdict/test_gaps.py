"""What could not be seen: a fault that several probes have is one gap, and different faults stay apart."""

from __future__ import annotations

from analysis.verdict.parts import gaps
from rampart.model import JSON, Gap


def row(reason: str, *lost: str, code: str = "PG-CONN", remedy: str = "Start it.") -> JSON:
    return {"code": code, "reason": reason, "lost": list(lost), "remedy": remedy}


def test_a_fault_of_several_probes_is_one_gap_with_all_that_it_hides() -> None:
    about = {
        "gaps": [row("refused", "db-io"), row("refused", "lock-contention"), row("refused", "slow-query", "db-io")]
    }
    assert gaps(about, {}) == [Gap("PG-CONN", "refused", ("db-io", "lock-contention", "slow-query"), "Start it.")]


def test_another_reason_code_or_remedy_is_a_gap_of_its_own() -> None:
    others = [row("refused", "x"), row("no such role", "x"), row("refused", "x", code="RPL-NONE"),
              row("refused", "x", remedy="Start the replica.")]  # fmt: skip
    assert len(gaps({"gaps": others}, {})) == 4


def test_what_a_probe_saw_only_in_part_joins_what_was_recorded_of_it() -> None:
    partly = {"PG-CONN": {"reason": "refused", "lost": ["missing-index"], "remedy": "Start it."}}
    [one] = gaps({"gaps": [row("refused", "db-io")]}, {"gaps": partly})
    assert one.lost == ("db-io", "missing-index")
