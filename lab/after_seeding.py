"""What follows whenever the lab's data have grown."""

from __future__ import annotations

from lab.configuration import NIGHTLY
from lab.postgres import run_sql
from lab.profiles import flaw as flaw_of
from lab.replica import await_replay
from rampart.config import Target


def grown(target: Target) -> None:
    """See to the lab's data, which were grown just now: what each night does, and what the flaws in force do."""
    if target.lab and target.postgres:
        run_sql(target.postgres, [*NIGHTLY, *(sql for name in target.flaws for sql in flaw_of(name).grown_by)])
        if target.replica:
            await_replay(target.postgres, target.replica)
