"""How much more is read once a replica takes its turns?"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx

from lab.claims._claim import Claim, Measured
from lab.claims._product import signed_in, statements
from lab.staging import Lab

_CROWD, _SECONDS = 12, 5.0


def measure(lab: Lab) -> Measured:
    """Pages a second, and the replica's share of the statements, before and after reads take turns with it."""
    alone, nothing = _read(lab)
    lab.fix("primary-reads")
    shared, share = _read(lab)
    rows = [
        ("all from the primary", alone, "pages a second"), ("in turns", shared, "pages a second"),
        ("all from the primary", nothing, "% on the replica"), ("in turns", share, "% on the replica"),
    ]  # fmt: skip
    said = f"{shared / alone:.2f} times as many pages, with {share:.0f} % of the statements on the replica."
    return Measured(rows, shared > 1.1 * alone and share > 10, said)


def _read(lab: Lab) -> tuple[float, float]:
    target = lab.target
    with ExitStack() as held, ThreadPoolExecutor(_CROWD) as hands:
        people = [held.enter_context(signed_in(lab, number % 20 + 1)) for number in range(_CROWD)]
        for person in people:
            person.get("/projects").raise_for_status()
        before = [statements(server) for server in (target.postgres, target.replica)]
        until = time.monotonic() + _SECONDS
        pages = sum(hands.map(lambda person: _pages(person, until), people))
        after = [statements(server) for server in (target.postgres, target.replica)]
    primary, replica = (new - old for new, old in zip(after, before, strict=True))
    return pages / _SECONDS, 100 * replica / max(primary + replica, 1)


def _pages(person: httpx.Client, until: float) -> int:
    pages = 0
    while time.monotonic() < until:
        person.get("/projects").raise_for_status()
        pages += 1
    return pages


CLAIM = Claim("replica-reads", "Read replicas help when reads far outnumber writes.", measure, flaws=("primary-reads",))
