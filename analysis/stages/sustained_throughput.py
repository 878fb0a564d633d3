"""What lasts of a throughput: in the end as many requests of each kind are answered as are sent (forced flow law).

Where one kind in ten waits for a relay, the others go on as if nothing were, and until all users stand in its queue a
stage shows more than the target can do. What it does of that kind, over that kind's share of all requests, remains.
"""

from __future__ import annotations

import math

from analysis import thresholds
from analysis.record.requests import Requests
from analysis.stages.piling import piles_up


def lasting(requests: Requests, index: int) -> float:
    """The share of a stage's throughput that lasts, above 0 and at most 1; 1 where no kind of request falls behind.

    A kind is an endpoint. Requests that fall behind only because they take longer than the stage was warmed up say
    nothing: as many as are sent may be answered a little later. What had not ended when the run did was not recorded,
    so a ramp's last stage may hide some.
    """
    if not requests.count.shape[0] or requests.stages[index].purpose == "profile":
        return 1.0
    stage, sent, done = requests.stages[index], requests.sent[index], requests.count[index]
    behind = (done > 0) & (done < (1 - thresholds.CHANGED) * sent)
    piled = int((sent - done)[behind].sum())
    if not piles_up(piled, stage.users) or piled < 3 * math.sqrt(sent[behind].sum()):
        return 1.0
    if requests.latency_ms[index, behind].sum() / 1000 > done[behind].sum() * (stage.steady_at - stage.started_at):
        return 1.0
    alike = [i for i, s in enumerate(requests.stages) if s.tenants == stage.tenants and s.purpose != "profile"]
    asked = requests.sent[alike].sum(0)
    return min(float(done[behind].sum() / done.sum() * asked.sum() / asked[behind].sum()), 1.0)
