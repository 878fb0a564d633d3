"""The small parts of the probes that decide something."""

from __future__ import annotations

import os
import random

import pytest

from probes import app, host
from probes._process_tree import members
from probes._statement_growth import growth, heaviest
from probes._statement_text import normalised, passed_over
from probes.locks import root
from probes.pgbouncer import of_pool
from probes.queues.redis_list import Ledger
from probes.queues.rq import Tally


@pytest.mark.parametrize(
    ("text", "ours_or_utility"),
    [
        ("SELECT 1", False),
        ("/* web */ select * from items", False),
        ("-- note\n  (SELECT 1) UNION (SELECT 2)", False),
        ("WITH a AS (SELECT 1) SELECT * FROM a", False),
        ("INSERT INTO settings VALUES ($1)", False),
        ("FETCH FORWARD 100 FROM c", False),
        ("COPY items FROM STDIN", False),
        ("BEGIN", True),
        ("commit", True),
        ("SET search_path = tenant_7", True),
        ("/* web */ SAVEPOINT a", True),
        ("EXPLAIN (FORMAT JSON) SELECT 1", True),
        ("SELECT /* rampart */ 1", True),
    ],
)
def test_what_is_passed_over(text: str, ours_or_utility: bool) -> None:
    assert passed_over(text) is ours_or_utility


def test_a_text_is_shown_without_comments_and_with_its_literals() -> None:
    text = """SELECT "a -- b",  '/* kept */ it''s'\n -- request 4711\n FROM t /* trace=00-ab */ WHERE x = $1"""
    assert normalised(text) == """SELECT "a -- b", '/* kept */ it''s' FROM t WHERE x = $1"""
    assert len(normalised("SELECT " + "x, " * 10_000, limit=100)) == 100


def test_growth_of_an_evicted_statement_starts_again() -> None:
    assert growth({1: (10, 5.0), 2: (8, 3.0)}, {1: (12, 9.0), 2: (3, 1.0), 3: (7, 2.0)}) == {
        1: [2, 4.0],
        2: [3, 1.0],
        3: [7, 2.0],
    }


def test_the_heaviest_hold_the_dear_and_the_frequent() -> None:
    dear = {n: [1.0, 1000.0 - n] for n in range(10)}
    frequent = {n: [float(n), 0.1] for n in range(100, 110)}
    idle = {n: [0.0, 0.0] for n in range(200, 210)}
    assert heaviest({**idle, **frequent, **dear}, count=4) == [0, 1, 2, 3, 109, 108]


def test_the_root_of_a_queue_is_who_does_not_wait() -> None:
    assert root(3, {2: [1], 3: [2, 1], 4: [3, 2, 1]}) == 1
    assert root(2, {2: [0]}) == 0
    assert root(1, {1: [2], 2: [1]}) is None


@pytest.mark.parametrize("seed", range(5))
def test_tracers_count_what_leaves_a_backlog_and_never_more(seed: int) -> None:
    draw = random.Random(seed)
    ledger, waiting, sent, left, exact = Ledger(), list[int](), 0, 0, 0
    for now in range(500):
        backlog = len(waiting)
        came, went = draw.randrange(30), draw.randrange(150 if draw.random() < 0.1 else 25)
        waiting += range(sent, sent + came)
        gone = min(went, len(waiting))
        sent, left, waiting = sent + came, left + gone, waiting[gone:]
        before = ledger.left
        looked_for = [(int(element), furthest) for element, furthest in ledger.looked_for()]
        ledger.found([waiting.index(e) if e in waiting[: furthest + 1] else None for e, furthest in looked_for])
        assert ledger.left <= left
        if gone < backlog:  # some of what was there is there still
            assert ledger.left - before == gone
            exact += 1
        if waiting:
            ledger.remember(now, b"%d" % waiting[-1], len(waiting))
            assert ledger.age_s(now) >= 0
    assert exact > 100


def test_what_a_worker_did_outlives_it() -> None:
    tally = Tally()
    tally.add({b"a": (5, 1, 2.5)})
    tally.add({b"a": (7, 1, 3.5), b"b": (1, 0, 0.5)})
    tally.add({})
    tally.add({b"a": (2, 0, 1.0)})  # a new worker of an old name
    assert tally.total == [10, 1, 5.0]


def test_a_role_reaches_down_to_the_next_role_and_not_through_us() -> None:
    us = os.getpid()
    parent = {1: 0, 100: 1, 101: 100, 102: 101, 103: 102, us: 100, us + 1: us}
    assert members({100: "app", 102: "worker"}, parent) == {100: "app", 101: "app", 102: "worker", 103: "worker"}


def test_proc_stat_is_read_in_seconds() -> None:
    tick = 1 / os.sysconf("SC_CLK_TCK")
    stat = "cpu  10 20 30 1000 40 5 6 7 1 0\ncpu0 1 2 3 4 5 6 7 8 9 0\nprocs_running 3\n"
    values = {metric.name: value for metric, value in host.cpu_times(stat).items()}
    assert values["host.cpu_busy_s"] == pytest.approx((10 + 20 + 30 + 5 + 6) * tick)
    assert values["host.cpu_steal_s"] == pytest.approx(7 * tick)
    assert values["host.cpu_iowait_s"] == pytest.approx(40 * tick)
    assert values["host.runnable"] == 2
    assert host.stalled_s("some avg10=0.00 avg60=0.07 avg300=0.20 total=7042040\nfull avg10=0 total=1\n") == 7.04204


def test_a_host_is_here_or_it_is_not() -> None:
    assert host.is_here("127.0.0.1")
    assert host.is_here("::1")
    assert host.is_here("localhost")
    assert not host.is_here("192.0.2.1")
    assert not host.is_here("staging.example")


def test_statistics_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="get_stats"):
        app.processes({"pool": {}})
    with pytest.raises(ValueError, match="get_stats"):
        app.processes([1])


def test_a_poolers_connection_that_is_made_ready_for_a_client_is_taken() -> None:
    row = {
        "database": "saas", "user": "saas", "cl_waiting": 3, "cl_active": 2, "sv_active": 1, "sv_tested": 1,
        "sv_login": 1, "sv_idle": 4, "sv_used": 2, "maxwait": 1, "maxwait_us": 250_000,
    }  # fmt: skip
    seen = {reading.metric.name: reading.value for reading in of_pool(row, 10.0)}
    assert (seen["pooler.servers_active"], seen["pooler.servers_idle"], seen["pooler.size"]) == (3, 6, 10)
    assert seen["pooler.wait_age_s"] == 1.25
