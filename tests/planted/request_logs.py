"""Requests to a server with a known knee, in the forms that k6, Gatling and vegeta document.

`workers` serve in turn, each request for `SERVICE_S`; a user thinks for `THINK_S` between requests. So the knee is at
`workers * (SERVICE_S + THINK_S) / SERVICE_S` users, and vegeta, which lets nobody think, has it at `workers` in flight.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

SERVICE_S, THINK_S = 0.05, 0.45
WORKERS = 2
KNEE_USERS = WORKERS * (SERVICE_S + THINK_S) / SERVICE_S
EPOCH = 1_700_000_000
STEPS = (2, 5, 10, 15, 20, 30, 40, 60)
STEP_S = 8
ENDPOINTS = ("invoices", "search")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, in seconds since the start."""

    start_s: float
    end_s: float
    endpoint: str


def stepped(at_s: float) -> int:
    """Users of a ramp in steps."""
    return STEPS[min(int(at_s / STEP_S), len(STEPS) - 1)]


def rising(at_s: float) -> int:
    """Users of a ramp without plateaus."""
    return 1 + int(at_s)


def users_begin(users: Callable[[float], int], length_s: float) -> list[float]:
    """When each user begins."""
    begins: list[float] = []
    for at_s in np.arange(0, length_s, 0.25):
        begins += [float(at_s)] * (users(float(at_s)) - len(begins))
    return begins


def requests(users: Callable[[float], int], length_s: float = STEP_S * len(STEPS), seed: int = 0) -> list[Request]:
    """What users do who each wait for an answer and then think; in the order in which requests begin."""
    rng = np.random.default_rng(seed)
    arrivals = [(at_s, n) for n, at_s in enumerate(users_begin(users, length_s))]
    free = [0.0] * WORKERS
    made = []
    heapq.heapify(arrivals)
    while arrivals:
        at_s, user = heapq.heappop(arrivals)
        end_s = max(at_s, heapq.heappop(free)) + SERVICE_S
        heapq.heappush(free, end_s)
        if end_s < length_s:
            made.append(Request(at_s, end_s, ENDPOINTS[rng.random() < 0.25]))
            heapq.heappush(arrivals, (end_s + rng.uniform(0.5, 1.5) * THINK_S, user))
    return made


def k6_csv(users: Callable[[float], int]) -> str:
    """As `k6 run --out csv=FILE`: the samples of all metrics in the order in which they were taken."""
    names = ("metric_name", "timestamp", "metric_value", "error", "expected_response", "method", "name", "status")
    rows = [(r.end_s, ("http_reqs", "1.000000", "", "true", "GET", r.endpoint, "200")) for r in requests(users)]
    rows += [(r.end_s, ("http_req_duration", "50.1", "", "true", "GET", r.endpoint, "200")) for r in requests(users)]
    rows += [(float(at), ("vus", f"{users(at):.6f}", "", "", "", "", "")) for at in range(STEP_S * len(STEPS))]
    lines = [",".join((row[0], str(EPOCH + int(at)), *row[1:])) for at, row in sorted(rows)]
    return "\n".join([",".join(names), *lines, ""])


def k6_json(users: Callable[[float], int]) -> str:
    """As `k6 run --out json=FILE`."""
    rows = [(r.end_s, "http_reqs", 1.0, {"name": r.endpoint, "expected_response": "true"}) for r in requests(users)]
    rows += [(float(at), "vus", float(users(at)), {}) for at in range(STEP_S * len(STEPS))]
    metrics = [{"type": "Metric", "data": {"name": name}, "metric": name} for name in ("http_reqs", "vus")]
    points = [
        {"metric": name, "type": "Point", "data": {"time": _rfc3339(at), "value": value, "tags": tags}}
        for at, name, value, tags in sorted(rows, key=lambda row: row[0])
    ]
    return "".join(json.dumps(line) + "\n" for line in [*metrics, *points])


def _rfc3339(at_s: float) -> str:
    moment = datetime.fromtimestamp(EPOCH + at_s, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}123Z"  # k6 writes nanoseconds


def gatling(users: Callable[[float], int]) -> str:
    """As the `simulation.log` of Gatling 3.4 to 3.10."""

    def ms(at_s: float) -> int:
        return EPOCH * 1000 + round(at_s * 1000)

    length_s = STEP_S * len(STEPS)
    lines = [(0.0, f"RUN\tshop.Ramp\tramp\t{ms(0)}\t \t3.10.5")]
    lines += [(at, f"USER\tvisit\tSTART\t{ms(at)}") for at in users_begin(users, length_s)]
    lines += [(r.end_s, f"REQUEST\t\t{r.endpoint}\t{ms(r.start_s)}\t{ms(r.end_s)}\tOK\t ") for r in requests(users)]
    lines += [(float(length_s), f"USER\tvisit\tEND\t{ms(length_s)}") for _ in range(users(length_s - 0.25))]
    return "".join(f"{line}\n" for _, line in sorted(lines, key=lambda line: line[0]))


def attacks(rates: tuple[float, ...], workers: int = 8, length_s: float = 10.0) -> Iterator[tuple[float, list[float]]]:
    """Latencies at each of these rates, which nothing slows down."""
    for rate in rates:
        free = [0.0] * workers
        latencies = []
        for at_s in np.arange(0, length_s, 1 / rate):
            end_s = max(float(at_s), heapq.heappop(free)) + SERVICE_S
            heapq.heappush(free, end_s)
            latencies.append(end_s - float(at_s))
        yield rate, latencies


def vegeta_text(rate: float, latencies: list[float], length_s: float = 10.0) -> str:
    """As `vegeta report` prints it."""
    total, wait, mean = len(latencies), latencies[-1], float(np.mean(latencies))
    served = total / (length_s + wait)
    return (
        f"Requests      [total, rate, throughput]         {total}, {rate:.2f}, {served:.2f}\n"
        f"Duration      [total, attack, wait]             {length_s + wait:.3f}s, {length_s:.0f}s, {wait:.3f}s\n"
        f"Latencies     [min, mean, 50, 90, 95, 99, max]  "
        f"{min(latencies) * 1000:.3f}ms, {mean * 1000:.3f}ms, 50ms, 50ms, 50ms, 50ms, {max(latencies):.3f}s\n"
        f"Bytes In      [total, mean]                     {3 * total}, 3.00\n"
        "Success       [ratio]                           100.00%\n"
        f"Status Codes  [code:count]                      200:{total}  \nError Set:\n"
    )


def vegeta_json(rate: float, latencies: list[float], length_s: float = 10.0) -> str:
    """As `vegeta report -type=json` prints it."""
    report = {
        "latencies": {"total": int(1e9 * sum(latencies)), "mean": int(1e9 * float(np.mean(latencies)))},
        "duration": int(1e9 * length_s), "wait": int(1e9 * latencies[-1]), "requests": len(latencies), "rate": rate,
        "throughput": len(latencies) / (length_s + latencies[-1]), "success": 1,
        "status_codes": {"200": len(latencies)},
    }  # fmt: skip
    return json.dumps(report) + "\n"
