"""A part of the lab behind a relay: as fast as ever, then slower by what was asked for, then as it was."""

from __future__ import annotations

import statistics
import time

import httpx
import pytest

from lab.delayed_part import Part, between
from lab.staging import Lab
from tests.integration.lab.conftest import Start
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


@pytest.mark.parametrize(
    ("part", "path"), [("database", "/projects"), ("cache", "/dashboard"), ("services", "/projects/3001")]
)
def test_answers_of_the_part_alone_come_later_while_it_is_squeezed(start: Start, part: Part, path: str) -> None:
    lab = start()
    squeeze = between(lab, part, _MS)
    before = statistics.median(took_ms(lab, path))
    during, elsewhere, after = [], [], []
    for _ in range(3):  # by turns: a machine that is busy for a while is so with the squeeze and without it
        squeeze.on()
        during += took_ms(lab, path)
        elsewhere += took_ms(lab, "/healthz")
        squeeze.off()
        after += took_ms(lab, path)
    assert statistics.median(during) > before + 0.8 * _MS
    assert statistics.median(during) > statistics.median(after) + 0.8 * _MS
    assert statistics.median(elsewhere) < 0.5 * _MS
