"""At how many people at once does mail that is sent inside the request break?"""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx

from lab.claims._claim import Claim, Measured
from lab.claims._product import signed_in
from lab.staging import Lab

_CROWDS = (1, 6, 24)
_EACH = 4  # invoices that one person makes


def measure(lab: Lab) -> Measured:
    """Milliseconds to make an invoice, and invoices a second, as more people do so at once; then mended."""
    rows: list[tuple[str, float, str]] = []
    slow = {crowd: _invoices(lab, crowd) for crowd in _CROWDS}
    lab.fix("sync-work")
    quick = {crowd: _invoices(lab, crowd) for crowd in _CROWDS}
    for name, seen in (("in the request", slow), ("by a worker", quick)):
        for crowd, (ms, rate) in seen.items():
            rows += [(f"{name}, {crowd} at once", ms, "ms"), (f"{name}, {crowd} at once", rate, "a second")]
    (alone, _), (crowded, relay), (mended, _) = slow[1], slow[24], quick[24]
    said = f"alone it takes {alone:.0f} ms, with 24 at once {crowded:.0f} ms: the relay takes {relay:.0f} a second. "
    said += f"By a worker it is {mended:.0f} ms."
    return Measured(rows, slow[24][0] > 2 * slow[1][0] and quick[24][0] < slow[24][0] / 2, said)


def _invoices(lab: Lab, crowd: int) -> tuple[float, float]:
    """Median milliseconds of one, and how many a second all together made; everybody has signed in before."""
    with ExitStack() as held, ThreadPoolExecutor(crowd) as hands:
        people = [held.enter_context(signed_in(lab, number % 20 + 1)) for number in range(crowd)]
        began = time.perf_counter()
        took = [one for each in hands.map(_work, people) for one in each]
        wall = time.perf_counter() - began
    return 1000 * statistics.median(took), len(took) / wall


def _work(person: httpx.Client) -> list[float]:
    """Seconds for each invoice, one after the other."""
    took = []
    for _ in range(_EACH):
        began = time.perf_counter()
        person.post("/invoices", json={"customer": "Acme"}).raise_for_status()
        took.append(time.perf_counter() - began)
    return took


CLAIM = Claim("mail-in-request", "Mail leaves the request first.", measure, ("sync-work",))
