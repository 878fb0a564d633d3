"""What k6's two outputs share: samples of `http_reqs`, one a request at its end, and of `vus`, one a second."""

from __future__ import annotations

import numpy as np

from rampart.windows import Floats
from readers.load_results._reader import Reading, Source
from readers.load_results._request_log import RequestLog, last_known

METRICS = ("http_reqs", "vus")


def reading(source: Source, log: RequestLog, at_s: Floats, vus: Floats) -> Reading:
    """The windows of requests and of users over time."""
    if not len(vus):
        raise source.unreadable("it has no samples of vus", "Keep k6's own metrics in its output.")
    begins = float(min(at_s.min(), log.end_s.min(initial=np.inf)))
    edges = log.edges(source, begins)
    return Reading(log.windows(source, edges, last_known(at_s, vus, edges)), source.choose(log.endpoint))
