"""Rules that end a load: when they hold, since when, and that no default ends one before its knee."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from conductor.stop_rules import Stop, Stopped, StopRules
from rampart.condition import parse
from rampart.latency_buckets import bucket
from rampart.model import JSON
from rampart.runs import Run

RECORDINGS = sorted(path.parent for path in (Path(__file__).parents[2] / "recordings").glob("*/truth.json"))


def second(at: int, requests: int = 10, failures: int = 0, ms: float = 100.0, **of: JSON) -> JSON:
    """The live line of the second that ends at `at`."""
    return {"at": float(at), "seconds": 1.0, "users": 10 * at, **counts(requests, failures, ms), "of": of}


def counts(requests: int, failures: int = 0, ms: float = 100.0) -> JSON:
    latencies = {str(bucket(ms)): requests} if requests else {}
    return {"requests": requests, "failures": failures, "latency_ms": requests * ms, "latencies": latencies}


def stopped(lines: Sequence[JSON], **said: str) -> tuple[Stop, float] | None:
    """The rule that ends a load of these seconds, and when."""
    rules = StopRules({name: parse(text) for name, text in said.items()})
    for line in lines:
        try:
            rules.take(line)
        except Stopped as ended:
            return ended.stop, line["at"]
    return None


def test_it_ends_once_it_has_held_for_so_long_and_is_dated_back_to_the_first_second_of_that() -> None:
    lines = [second(at, failures=6 if at > 7 else 4) for at in range(1, 30)]
    assert stopped(lines, broken="errors > 50% for 5s") == (Stop("broken", "errors > 50% for 5s", 7.0, 80), 12.0)


def test_a_second_in_which_it_does_not_hold_begins_the_span_anew() -> None:
    lines = [second(at, failures=0 if at in (4, 8) else 10) for at in range(1, 30)]
    found = stopped(lines, broken="errors > 50% for 5s")
    assert found and (found[0].since, found[1]) == (8.0, 13.0)
    assert (
        stopped([second(at, failures=10 * (at % 4 > 0)) for at in range(1, 60)], broken="errors > 50% for 5s") is None
    )


def test_seconds_without_an_answer_neither_begin_a_span_nor_break_it() -> None:
    silent = [second(at, requests=0 if at < 5 or at % 2 else 20, ms=25_000) for at in range(1, 30)]
    found = stopped(silent, slow="p95 > 20s for 10s")
    assert found and (found[0].since, found[1]) == (5.0, 15.0)
    assert stopped([second(at, requests=0) for at in range(1, 60)], slow="p95 > 20s for 10s") is None
    found = stopped([second(at, requests=0 if at > 3 else 9) for at in range(1, 60)], silent="rate < 1/s for 10s")
    assert found and (found[0].since, found[1]) == (3.0, 13.0)


def test_few_requests_are_no_evidence_until_there_are_more() -> None:
    lines = [second(at, requests=1, failures=1) for at in range(1, 40)]
    found = stopped(lines, broken="errors > 50% for 5s")
    assert found and (found[0].since, found[1]) == (0.0, 20.0)


def test_a_percentile_is_beyond_its_limit_only_where_chance_does_not_decide() -> None:
    def line(at: int, slow: int) -> JSON:
        mixed = counts(100)
        mixed["latencies"] = {str(bucket(100.0)): 100 - slow, str(bucket(900.0)): slow}
        return {"at": float(at), "seconds": 1.0, "users": 10, **mixed}

    assert stopped([line(at, 6) for at in range(1, 30)], slow="p95 > 500ms for 5s") is None
    assert stopped([line(at, 15) for at in range(1, 30)], slow="p95 > 500ms for 5s") is not None


def test_a_rule_of_one_endpoint_looks_at_that_alone() -> None:
    lines = [second(at, failures=5, **{"POST /a": counts(5, 5), "GET /b": counts(5, 0)}) for at in range(1, 20)]
    assert stopped(lines, a='errors of "POST /a" > 90% for 5s') is not None
    assert stopped(lines, b='errors of "GET /b" > 1% for 5s', c='errors of "GET /c" > 1% for 5s') is None


def recorded_seconds(folder: Path) -> list[JSON]:
    """The live lines of a recorded run; its users are those of the stage that was under way."""
    run = Run.open(folder)
    batches = [batch.select(["start", "latency_ms", "outcome"]) for batch in run.requests()]
    table = pa.Table.from_batches(batches)
    ms = table["latency_ms"].to_numpy().astype(float)
    at = np.floor(table["start"].to_numpy() + ms / 1000).astype(int)
    bad = np.array([outcome != "ok" for outcome in table["outcome"].to_pylist()])
    stages = run.stages()
    lines = []
    for second_at in range(int(at.min()), int(at.max()) + 1):
        own = at == second_at
        users = next((s.users for s in stages if s.started_at <= second_at < s.ended_at), 1)
        told = {"requests": int(own.sum()), "failures": int(bad[own].sum()), "latency_ms": float(ms[own].sum())}
        latencies = Counter(str(bucket(one)) for one in ms[own])
        lines.append({"at": second_at + 1.0, "seconds": 1.0, "users": users, **told, "latencies": latencies})
    return lines


def test_no_default_ends_a_recorded_load() -> None:
    """Each of them has its knee, or none up to the most users that were tried."""
    defaults = {name: rule.said for name, rule in StopRules.of({}).rules.items()}
    assert defaults and len(RECORDINGS) > 1
    for folder in RECORDINGS:
        lines = recorded_seconds(folder)
        assert sum(line["requests"] for line in lines) > 500
        assert stopped(lines, **defaults) is None, folder.name


def test_a_stricter_rule_ends_a_recorded_load_past_its_knee_at_the_second_in_which_that_began() -> None:
    lines = recorded_seconds(RECORDINGS[0].parent / "rate-limited")
    found = stopped(lines, refused="errors > 30% for 5s")
    assert found is not None
    stop, at = found
    assert stop.users >= 240  # its knee lies at 152
    shares = {line["at"]: line["failures"] / max(line["requests"], 1) for line in lines}
    assert all(shares[stop.since + 1 + n] > 0.3 for n in range(5)) and shares[stop.since] <= 0.3
    assert at == stop.since + 5
