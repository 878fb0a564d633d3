"""A real psycopg_pool whose statistics a thread serves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import httpx
import psycopg_pool
import pytest

from probes._probe import Unavailable
from probes.app import PROBE
from tests.integration.conftest import Database, await_true, free_port


@contextmanager
def serving(stats: Callable[[], Any]) -> Iterator[str]:
    """The URL at which a thread of this process serves what `stats` returns, as JSON."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = json.dumps(stats()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/stats"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def pool(database: Database) -> Iterator[psycopg_pool.ConnectionPool]:
    with psycopg_pool.ConnectionPool(database.conninfo("shop"), min_size=2, max_size=2, open=True) as opened:
        opened.wait()
        yield opened


def hold(pool: psycopg_pool.ConnectionPool, until: Event) -> Thread:
    """A thread that takes a connection and keeps it."""

    def take() -> None:
        with pool.connection():
            until.wait(10)

    thread = Thread(target=take)
    thread.start()
    return thread


def test_requests_that_wait_for_the_pool_are_seen(watch: Callable[..., Any], pool: psycopg_pool.ConnectionPool) -> None:
    done = Event()
    with serving(lambda: {"processes": [{"pid": 7, "pool": pool.get_stats(), "loop_lag_ms": 3.5}]}) as url:
        probe = watch(PROBE, app_stats=url)
        before = probe.read()
        threads = [hold(pool, done) for _ in range(5)]
        await_true(lambda: probe.read()("pool.waiting", process="7") == 3)
        full = probe.read()
        time.sleep(0.1)
        done.set()
        for thread in threads:
            thread.join()
        after = probe.read()
    assert before("pool.waiting") == before("pool.queued") == before("pool.wait_ms") == 0  # counters not there yet
    assert full("pool.size") == full("pool.limit") == 2
    assert full("pool.available") == 0
    assert after("pool.requests") - before("pool.requests") == 5
    assert after("pool.queued") - before("pool.queued") == 3
    assert after("pool.wait_ms") >= 3 * 100
    assert after("pool.usage_ms") > 2 * 100
    assert after("loop.lag_ms") == 3.5
    assert not after.all("app.in_flight")  # not published, not invented


def test_the_statistics_of_one_pool_may_be_served_plainly(
    watch: Callable[..., Any], pool: psycopg_pool.ConnectionPool
) -> None:
    with serving(pool.get_stats) as url:
        assert watch(PROBE, app_stats=url).read()("pool.limit", process="app") == 2


def test_an_application_that_shows_nothing_is_a_gap(watch: Callable[..., Any]) -> None:
    with serving(lambda: {"status": "fine"}) as url:
        for app_stats in (None, url, f"http://127.0.0.1:{free_port()}/stats"):
            with pytest.raises(Unavailable) as refused:
                watch(PROBE, app_stats=app_stats)
            assert refused.value.gap.code == "POOL-NONE"
            assert "app-pool" in refused.value.gap.lost


def test_an_application_that_hangs_costs_the_deadline(watch: Callable[..., Any]) -> None:
    hanging, over = Event(), Event()

    def stats() -> Any:
        if hanging.is_set():
            over.wait(10)
        return {"processes": []}

    with serving(stats) as url:
        probe = watch(PROBE, app_stats=url)
        hanging.set()
        began = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            probe.read()
        assert time.monotonic() - began < 2 * PROBE.deadline_s
        over.set()
