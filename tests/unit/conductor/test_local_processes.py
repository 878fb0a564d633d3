"""Processes of the target that its file need not name."""

from __future__ import annotations

import pytest

from conductor.local_processes import with_local_processes
from rampart.config import ProcessMatch, RedisServer, Target


def ports(target: Target) -> dict[str, int | None]:
    return {match.role: match.port for match in with_local_processes(target).processes}


@pytest.mark.parametrize(
    "conninfo",
    ["host=127.0.0.1 port=5433 dbname=x user=u", "postgresql://u:p@localhost:5433/x", "port='5433' dbname=x"],
)
def test_parts_on_loopback_are_found_by_their_ports(conninfo: str) -> None:
    target = Target(
        "x", "http://127.0.0.1:8000", postgres=conninfo, redis=(RedisServer("cache", "redis://[::1]:6380/0"),)
    )
    assert ports(target) == {"app": 8000, "db": 5433, "cache": 6380}


@pytest.mark.parametrize(
    "conninfo", ["host=localhost,db.example.com port=5433,5434", "postgresql://localhost:5433,db.example.com:5434/x"]
)
def test_of_several_hosts_the_first_counts(conninfo: str) -> None:
    assert ports(Target("x", "https://staging.example.com", postgres=conninfo)) == {"db": 5433}


def test_a_port_that_is_none_is_left_to_the_driver_to_refuse() -> None:
    assert ports(Target("x", "https://staging.example.com", postgres="port=many")) == {"db": 5432}


def test_a_pooler_is_found_where_its_console_is() -> None:
    console = "host=127.0.0.1 port=6432 dbname=pgbouncer"
    assert ports(Target("x", "https://staging.example.com", pgbouncer=console)) == {"pooler": 6432}


def test_parts_elsewhere_are_not_looked_for_here() -> None:
    target = Target("x", "https://staging.example.com", postgres="host=db.example.com", redis=())
    assert ports(target) == {}


def test_what_the_file_says_stands() -> None:
    target = Target("x", "http://127.0.0.1:8000", processes=(ProcessMatch("app", command="gunicorn"),))
    assert with_local_processes(target).processes == target.processes
