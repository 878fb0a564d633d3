"""What the queue's server said yes to is in its log, and so outlives the server."""

from __future__ import annotations

import time
from pathlib import Path

import redis

from lab.child import stop
from lab.ports import free_ports
from lab.valkey import await_valkey, start_valkey


def test_an_entry_is_in_the_log_before_it_is_accepted(roomy: Path) -> None:
    (port,) = free_ports(1)
    server = start_valkey("queue", roomy, port, max_memory="64mb", policy="noeviction", on_disk=True)
    try:
        await_valkey(server, port)
        with redis.Redis(port=port) as client:
            client.lpush("jobs", b"first")
            (log,) = roomy.glob("queue-log/*.incr.aof")
            late, sizes = 0, [log.stat().st_size]
            until = time.monotonic() + 3.5
            while time.monotonic() < until:
                client.lpush("jobs", bytes(300))
                sizes.append(log.stat().st_size)
                late += sizes[-1] < sizes[-2] + 300
    finally:
        stop([server])
    assert len(sizes) > 100
    assert late == 0
