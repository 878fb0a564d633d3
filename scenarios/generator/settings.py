"""What the conductor tells the load process: one JSON file without secrets, read once, frozen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

Address = tuple[str, int]  # an IP address in its canonical form, and a port


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one load process. Paths are absolute."""

    run: str  # the run folder
    control: str  # the file that says how many users are wanted
    origin: float  # `time.monotonic()` at the start of the run, s
    locustfile: str
    url: str  # the target's
    live_fd: int  # an inherited pipe: live lines and refused attempts, one JSON object a line
    bucket_low_ms: float  # latencies are counted in buckets of equal width of their logarithm: where they begin,
    bucket_step: float  # how wide they are,
    buckets: int  # and how many there are
    requests_schema: str  # Arrow schema, base64
    readings_schema: str
    allowed: tuple[Address, ...]  # where a connection may go
    names: dict[str, tuple[str, ...]]  # host names that may be looked up, with the addresses that they had
    subprocesses: bool  # whether the scenario may start processes
    digests: bool  # whether equal answers are recognised
    hidden: tuple[str, ...]  # our own top-level packages
    hidden_below: str  # the folder that they are in
    violations: tuple[str, ...] = ()  # what a scenario calls answers that are wrong, not slow
    watched: tuple[str, ...] = ()  # endpoints that the live lines tell of one by one
    check: bool = False  # import the scenario, tell what is in it, and end: nothing is sent


def read_settings(path: Path) -> Settings:
    """The settings in a file that the conductor wrote."""
    raw = json.loads(path.read_text())
    return Settings(
        **{
            **raw,
            "allowed": tuple((address, port) for address, port in raw["allowed"]),
            "names": {name: tuple(found) for name, found in raw["names"].items()},
            "hidden": tuple(raw["hidden"]),
            "watched": tuple(raw["watched"]),
            "violations": tuple(raw["violations"]),
        }
    )
