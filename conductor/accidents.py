"""Accidents on purpose: workers killed as they work, the queue's server restarted; were all jobs done, and once?

Only on a lab, which is disposable, and whose mail can be counted where it arrives. What became of the jobs is
`effects.json`, for the analysis.
"""

from __future__ import annotations

from conductor.console import Console
from lab.accidents import Effects, queue_restarted, settled, workers_killed
from lab.staging import Lab
from rampart.errors import NotReady
from rampart.model import JSON
from rampart.runs import Run


def provoke(lab: Lab, run: Run, console: Console) -> None:
    """Put the lab through each accident, and write down what became of its jobs; the lab must hold data."""
    if not lab.target.disposable:
        raise NotReady("no accident is provoked", "the target is not declared disposable", "Use one that is.")
    try:
        seen = _both(lab, console)
    except NotReady as error:  # load, or a flaw, may have killed a part; what the ramp has recorded still counts
        console.warn(str(error))
        return
    for effects in seen:
        if not effects.settled:
            console.warn(f"when {effects.accident}, jobs were left that never ended: none of them counts as lost")
    if seen:
        run.write_json("effects.json", [_as_json(effects) for effects in seen])


def _both(lab: Lab, console: Console) -> list[Effects]:
    """What both accidents did; empty where jobs still wait."""
    if not settled(lab):
        console.say("jobs still wait, so no accident is provoked: what is late could not be told from what is lost")
        return []
    console.say("killing the workers, then the queue's server, and counting what arrives")
    return [workers_killed(lab), queue_restarted(lab)]


def _as_json(effects: Effects) -> JSON:
    return {
        "accident": effects.accident,
        "jobs": len(effects.times),
        "lost": effects.lost,
        "repeated": effects.repeated,
        "settled": effects.settled,
    }
