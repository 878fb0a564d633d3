"""A part of the lab behind a relay: as fast as ever, then slower by what was asked for, then as it was."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from lab.delayed_part import Part, between
from lab.staging import Lab
from tests.integration.lab.data import seeded
from tests.integration.lab.driver import Client

_MS = 60.0


def took_ms(lab: Lab, path: str) -> list[float]:
    """How long each of a few requests took."""
    with httpx.Client(base_url=lab.target.url, trust_env=False) as http:
        client = Client(http, tenant=3)
        times = []
        for _ in range(7):
            began = time.perf_counter()
            client.get(path).raise_for_status()
            times.append(1000 * (time.perf_counter() - began))
    return times


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One for all parts: a relay that does not delay stays in its place."""
    with seeded() as started:
        yield started


@pytest.mark.parametrize(
    ("part", "path"), [("database", "/projects"), ("cache", "/dashboard"), ("services", "/projects/3001")]
)
def test_answers_of_the_part_alone_come_later_while_it_is_squeezed(lab: Lab, part: Part, path: str) -> None:
    squeeze = between(lab, part, _MS)
    before = min(took_ms(lab, path))
    during, elsewhere, after = [], [], []
    for _ in range(3):  # by turns: a machine that is busy for a while is so with the squeeze and without it
        squeeze.on()
        during += took_ms(lab, path)
        elsewhere += took_ms(lab, "/healthz")
        squeeze.off()
        after += took_ms(lab, path)
    # The quickest of each: what else the machine does only adds.
    assert min(during) > min(before, *after) + 0.8 * _MS
    assert min(elsewhere) < 0.5 * _MS
