"""A load and the probes beside it, from the first user to the last: however it ends, nothing of it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from conductor.load_process import LoadProcess
from conductor.probe_runner import Watch
from conductor.room import give_back
from lab.harness_load import driven
from rampart.config import ProcessMatch, Target
from rampart.masking import masked
from rampart.model import JSON, Gap
from rampart.runs import Clock, Run
from rampart.unrecorded import Unrecorded

_PATIENCE_S, _INTERRUPTED_S = 15.0, 0.5  # for what the scenario does at its end; after Ctrl-C it is gone in a second


@contextmanager
def watched_load(
    run: Run, clock: Clock, target: Target, people: Path | None, part: str, say: Callable[[str], object]
) -> Iterator[tuple[LoadProcess, Watch]]:
    """Load and watch the target; `part` names this load's files of readings, `say` hears of its clean-up.

    What could not be seen is recorded.
    """
    load = LoadProcess(run, clock, driven(target), people, {"RAMPART_SEED": str(target.seed.seed)})
    watched = replace(target, processes=(*target.processes, ProcessMatch("generator", pid=load.pid)))
    watch, patience = None, _PATIENCE_S
    try:
        watch = Watch(watched, run, clock, part)
        yield load, watch
    except KeyboardInterrupt:
        patience = _INTERRUPTED_S
        raise
    except Unrecorded:
        give_back(run)
        patience = _INTERRUPTED_S
        raise
    finally:
        load.end(patience, say)
        if watch is not None:  # else it was interrupted while probes were opened
            watch.close()
            _keep(run, (*watch.gaps, *load.refusals.gaps()))


def _keep(run: Run, gaps: Iterable[Gap]) -> None:
    """Add what could not be seen to what earlier loads of the run could not see, each once."""
    known: list[JSON] = run.about.get("gaps", [])
    run.update(gaps=[*known, *(gap for gap in masked([asdict(gap) for gap in gaps]) if gap not in known)])
