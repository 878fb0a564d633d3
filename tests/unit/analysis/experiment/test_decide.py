"""The experiment on systems whose truth is known: what confirms, what refutes, and what says nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.detectors._found import every_detector
from analysis.experiment.decide import decide, upgrade
from analysis.verdict.analyse import analyse
from rampart.finding import Evidence
from rampart.tables import label_text
from tests.planted.causes import Values
from tests.planted.experiments import experiment
from tests.planted.recording import Plan, record
from tests.planted.thin import finding

POOL = label_text({"process": "1"})
FINDING = finding("app-pool", resource="application connection pool (2)", limit_users=98.0)


def pool(wait_ms: float, limit: float, seed: int = 1) -> Plan:
    """A system of this capacity whose requests wait so long for a connection."""

    def counters(users: int, rate: float, latency: float) -> Values:
        return {("pool.wait_ms", POOL): wait_ms * rate}

    return Plan(where="pool", limit_rps=limit, counters=counters, seed=seed, seconds=8.0)


def test_more_throughput_and_less_waiting_confirm(tmp_path: Path) -> None:
    told = decide(experiment(tmp_path, pool(300, 100), pool(2, 1e9)), FINDING)
    assert told["status"] == "confirmed", told["sentence"]
    # The true gains at 130 and 170 users: (N / 1.02 s) / 100.
    assert told["gain"]["low"] < (1.275 * 1.667) ** 0.5 < told["gain"]["high"]
    assert told["mechanism"]["metric"] == "pool.wait_ms"
    assert told["mechanism"]["ratio"] < 0.05


def test_a_placebo_changes_nothing_and_confirms_nothing(tmp_path: Path) -> None:
    told = decide(experiment(tmp_path, pool(300, 100), pool(300, 100, seed=2)), FINDING)
    assert told["status"] == "supported" and not told["undecided"]
    assert told["gain"]["low"] < 1 < told["gain"]["high"] < told["least_gain"]
    assert "did nothing" in told["sentence"]


def test_a_mechanism_that_is_mended_without_any_gain_refutes(tmp_path: Path) -> None:
    told = decide(experiment(tmp_path, pool(300, 100), pool(2, 100)), FINDING)
    assert told["status"] == "refuted", told["sentence"]


def test_a_gain_by_another_way_does_not_confirm(tmp_path: Path) -> None:
    told = decide(experiment(tmp_path, pool(300, 100), pool(300, 1e9)), FINDING)
    assert told["status"] == "supported"
    assert "something else" in told["sentence"]


def test_a_mended_stage_is_not_contradicted_by_what_the_unmended_ones_do(tmp_path: Path) -> None:
    """Requests pile up a little in what is mended as well: that 170 users did less before is the gain, and no doubt."""
    in_flight = ("app.in_flight", label_text({"process": "1"}))

    def piling(plan: Plan, grows: float) -> Plan:
        held = [20.0]

        def gauges(users: int, rate: float, latency: float) -> Values:
            held[0] += grows  # one reading a second
            return {in_flight: held[0]}

        return replace(plan, gauges=gauges)

    told = decide(experiment(tmp_path, piling(pool(300, 100), 0.0), piling(pool(2, 1e9), 3.0)), FINDING)
    assert [row["why_invalid"] for row in told["stages"]] == [None] * 8
    assert told["status"] == "confirmed", told["sentence"]


def test_an_experiment_that_was_cut_short_says_nothing(tmp_path: Path) -> None:
    told = decide(experiment(tmp_path, pool(300, 100), pool(2, 1e9), blocks=1), FINDING)
    assert (told["status"], told["gain"], told["undecided"]) == ("supported", None, True)


@pytest.mark.parametrize("seed", range(12))
def test_drift_from_stage_to_stage_does_not_confirm_a_placebo(tmp_path: Path, seed: int) -> None:
    """A mechanism that moves by itself is the hard case: then the interval alone must refuse."""
    told = decide(experiment(tmp_path, pool(300, 100, seed), pool(2, 100, seed), drift=0.06), FINDING)
    assert told["status"] != "confirmed", told["sentence"]


def workers(done: float, grows: float, retried: float = 0.0) -> Plan:
    """A queue that grows by so many jobs a second while so many are finished, and so many fail and come back."""
    queue, ready = label_text({"queue": "mail"}), [0.0]

    def gauges(users: int, rate: float, latency: float) -> Values:
        ready[0] += grows  # one reading a second
        return {("queue.ready", queue): ready[0]}

    def counters(users: int, rate: float, latency: float) -> Values:
        return {("queue.completed", queue): done, ("queue.retried", queue): retried}

    return Plan(limit_rps=1e9, counters=counters, gauges=gauges, seconds=8.0)


def test_jobs_are_compared_by_what_workers_finish(tmp_path: Path) -> None:
    suspect = finding("workers", resource="queue mail")
    told = decide(experiment(tmp_path, workers(15, 6), workers(21, 0)), suspect)
    assert (told["status"], told["of"]) == ("confirmed", "jobs"), told["sentence"]
    assert told["gain"]["value"] == pytest.approx(21 / 15, rel=0.02)


def test_jobs_that_fail_for_ever_pile_up_long_before_less_is_done(tmp_path: Path) -> None:
    """At 2 jobs a second workers have time for all that fail: as much is done, and the queue grows all the same."""
    suspect = finding("queue-retries", resource="queue mail")
    told = decide(experiment(tmp_path / "a", workers(2, 0.3, retried=40), workers(2, 0)), suspect)
    assert told["gain"]["high"] < told["least_gain"]
    assert (told["status"], told["lost"]["what"]) == ("confirmed", "jobs pile up"), told["sentence"]
    still = decide(experiment(tmp_path / "b", workers(2, 0.3, retried=40), workers(2, 0.3)), suspect)
    assert (still["status"], still["lost"]["ended"]) == ("refuted", False), still["sentence"]
    placebo = decide(experiment(tmp_path / "c", workers(2, 0.3, retried=40), workers(2, 0.3, retried=40)), suspect)
    assert placebo["status"] == "supported", placebo["sentence"]


def test_of_a_stampede_what_was_computed_many_times_is_counted_and_nothing_else(tmp_path: Path) -> None:
    heavy, usual = (label_text({"statement": name}) for name in ("7", "8"))

    def dashboards(heavy_s: float, limit: float) -> Plan:
        def counters(users: int, rate: float, latency: float) -> Values:
            return {("db.statement.calls", heavy): heavy_s, ("db.statement.calls", usual): rate}

        return Plan(limit_rps=limit, counters=counters, seconds=8.0)

    recorded = experiment(tmp_path, dashboards(5, 100), dashboards(0.3, 1e9))
    text = "SELECT day, count(*) FROM tasks GROUP BY 1"
    recorded.write_json("statements.json", {"statements": {"7": {"text": text}, "8": {"text": "SELECT 1"}}})
    suspect = finding("cache-stampede", resource=text[:20], endpoint="GET /dashboard")
    told = decide(recorded, suspect)
    assert told["status"] == "confirmed", told["sentence"]
    assert told["mechanism"]["ratio"] < 0.1
    assert decide(recorded, replace(suspect, resource="SELECT 1"))["mechanism"]["ratio"] == pytest.approx(1.0, rel=0.05)


def leaking(per_request: float, limit_rps: float, *, lost: float = 0.0, seconds: float = 8.0) -> Plan:
    """A process that grows by so many bytes a request until it is killed, and of whose requests this share fails."""
    begins, limit = 60e6, 72e6
    held = [begins]

    def gauges(users: int, rate: float, latency: float) -> Values:
        held[0] = begins if held[0] > limit else held[0] + per_request * rate
        return {("role.rss_bytes", label_text({"role": "app"})): held[0]}

    return Plan(limit_rps=limit_rps, gauges=gauges, error_ratio=lost, seconds=seconds)


LEAK = finding("memory", resource="memory of the role app")


def test_memory_that_grows_until_the_process_is_killed_need_not_be_less_in_the_mean(tmp_path: Path) -> None:
    told = decide(experiment(tmp_path, leaking(30_000, 100), leaking(10, 1e9)), LEAK)
    assert told["status"] == "confirmed", told["sentence"]
    assert told["mechanism"]["unmended"] == pytest.approx(30_000, rel=0.3)  # killed once in eight seconds at most
    assert decide(experiment(tmp_path, leaking(30_000, 100), leaking(29_000, 1e9)), LEAK)["status"] == "supported"


def test_memory_whose_end_costs_answers_and_little_throughput_is_confirmed_by_their_end(tmp_path: Path) -> None:
    """One request in twenty is lost with its process: work per second cannot rise by a tenth."""
    long = {"seconds": 30.0}
    leaks = leaking(30_000, 1e9, lost=0.06, **long)
    told = decide(experiment(tmp_path / "a", leaks, leaking(10, 1e9, **long)), LEAK)
    assert told["gain"]["low"] < told["least_gain"]
    assert (told["status"], told["lost"]["ended"]) == ("confirmed", True), told["sentence"]
    assert "0.0% of requests fail instead of" in told["sentence"]
    kept = decide(experiment(tmp_path / "b", leaks, leaks), LEAK)
    assert (kept["status"], kept["lost"]["ended"]) == ("supported", False), kept["sentence"]
    slower = decide(experiment(tmp_path / "c", leaking(30_000, 100, lost=0.06, **long), leaking(10, 80, **long)), LEAK)
    assert (slower["status"], slower["lost"]["ended"]) == ("supported", True), slower["sentence"]
    assert slower["undecided"] and "Undecided" in slower["sentence"]


def test_answers_that_all_say_now_how_long_they_keep_are_none_that_do_not(tmp_path: Path) -> None:
    def files(limit: float, caching: str) -> Plan:
        labels = label_text({"caching": caching, "endpoint": "GET /app.js"})

        def counters(users: int, rate: float, latency: float) -> Values:
            return {("generator.read", labels): rate}

        return Plan(limit_rps=limit, counters=counters, seconds=8.0)

    suspect = finding("http-cache-missing", resource="GET /app.js", endpoint="GET /app.js")
    told = decide(experiment(tmp_path, files(100, "undeclared"), files(1e9, "declared")), suspect)
    assert told["status"] == "confirmed", told["sentence"]
    assert told["mechanism"]["mended"] < 0.05
    told = decide(experiment(tmp_path, files(100, "undeclared"), files(1e9, "undeclared")), suspect)
    assert told["status"] == "supported"


def test_a_verdict_takes_the_status_and_says_why(tmp_path: Path) -> None:
    told = decide(experiment(tmp_path, pool(300, 100), pool(2, 1e9)), FINDING)
    mended = upgrade(FINDING, told)
    assert mended.status == "confirmed"
    assert mended.evidence[-1].claim == told["sentence"]
    assert upgrade(replace(FINDING, tenants=1000), told).status == "supported"  # another level's finding
    assert upgrade(FINDING, None) is FINDING


def test_a_run_is_upgraded_when_it_is_analysed_again(tmp_path: Path) -> None:
    run = record(tmp_path, Plan(where="mail", work_ms=100.0, unloaded_ms=120.0))
    before = analyse(run)
    first = before.first
    assert first is not None
    assert (first.id, first.status) == ("sync-work", "supported")
    about = {"id": first.id, "resource": first.resource, "tenants": first.tenants}
    told = {"finding": about, "status": "confirmed", "sentence": "It moved.", "gain": None, "recorded": "x"}
    run.write_json("confirm.json", told)
    after = analyse(run)
    assert after.first.status == after.ranked[0].status == "confirmed"
    assert "(confirmed, " in after.sentence
    assert after.first.evidence[-1].claim == "It moved."
    told["finding"] = {**about, "resource": "something else"}
    run.write_json("confirm.json", told)
    assert analyse(run) == before


def test_each_finding_that_a_detector_names_has_a_sign_of_its_mechanism() -> None:
    assert {name for name, detector in every_detector().items() if not detector.signs} <= {"replica-lag"}


def test_evidence_of_an_experiment_is_a_number_that_json_can_say(tmp_path: Path) -> None:
    told = decide(experiment(tmp_path, pool(300, 100), pool(2, 1e9), blocks=1), FINDING)
    row: Evidence = upgrade(FINDING, told).evidence[-1]
    assert row.seen == 0.0 and not row.holds
