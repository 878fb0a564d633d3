"""Does a queue grow before users feel anything?"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import redis

from lab.claims._claim import Claim, Measured
from lab.claims._product import signed_in
from lab.staging import Lab

_PACES = (4.0, 32.0)  # invoices a second, each with a mail: one worker sends about ten
_CROWD, _SECONDS = 8, 6.0


def measure(lab: Lab) -> Measured:
    """Milliseconds to make an invoice and growth of the queue, slower and faster than one worker sends the mails."""
    with ExitStack() as held, ThreadPoolExecutor(_CROWD) as hands:
        people = [held.enter_context(signed_in(lab, number + 1)) for number in range(_CROWD)]
        seen = {pace: _paced(lab, hands, people, pace) for pace in _PACES}
    rows = [(f"{pace:g} a second", ms, "ms") for pace, (ms, _) in seen.items()]
    rows += [(f"{pace:g} a second", growth, "jobs a second") for pace, (_, growth) in seen.items()]
    (calm, steady), (busy, growing) = seen.values()
    said = (
        f"the queue grows by {growing:.1f} jobs a second while an invoice takes {busy:.0f} ms, and {calm:.0f} before."
    )
    return Measured(rows, growing > 1.0 > steady and busy < 2 * calm + 50, said)


def _paced(lab: Lab, hands: ThreadPoolExecutor, people: Sequence[httpx.Client], pace: float) -> tuple[float, float]:
    """Median milliseconds, and jobs that the queue holds more at the end, a second."""
    began = time.monotonic()
    with redis.Redis.from_url(lab.target.queues[0].url) as queue:
        before = queue.llen("rq:queue:default")
        took = [ms for each in hands.map(lambda person: _invoices(person, pace / _CROWD), people) for ms in each]
        time.sleep(max(0.0, began + _SECONDS - time.monotonic()))
        after = queue.llen("rq:queue:default")
    return statistics.median(took), (after - before) / (time.monotonic() - began)


def _invoices(person: httpx.Client, pace: float) -> list[float]:
    """Milliseconds of each; one that takes longer than its turn keeps the next one waiting."""
    took, began = list[float](), time.monotonic()
    for number in range(int(pace * _SECONDS)):
        time.sleep(max(0.0, began + number / pace - time.monotonic()))
        asked = time.perf_counter()
        person.post("/invoices", json={"customer": "Acme"}).raise_for_status()
        took.append(1000 * (time.perf_counter() - asked))
    return took


CLAIM = Claim(
    "queue-warning", "A growing queue is an early warning that workers cannot keep up.", measure, ("workers",)
)
