"""What is worth knowing of a scenario that could be loaded, in words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from conductor.scenario_check import Scenario
from rampart.config import Target

_SHOWN = 4  # names in one line


def summary(scenario: Scenario) -> str:
    """How many users and tasks of which names."""
    classes, tasks = [row["name"] for row in scenario.classes], [row["task"] for row in scenario.tasks]
    return f"{_counted('user class', classes)}, {_counted('task', tasks)}"


def notes(target: Target, scenario: Scenario) -> Iterator[tuple[str, str]]:
    """What differs from plain Locust, or may surprise: what it is, and what to do."""
    path = urlsplit(target.url).path
    if path.strip("/"):
        said = f"`url` has the path {path}, which Locust puts before each path of the scenario"
        yield said, "Leave it out where the scenario's own paths begin with it."
    stem = Path(target.load.scenario).stem
    if stem in sys.stdlib_module_names:
        said = f"Locust puts {stem}.py in the place of Python's own module {stem!r} for all that is imported later"
        yield said, "Give the file another name."
    if scenario.options:
        listed = ", ".join(f"{name} = {value}" for name, value in sorted(scenario.options.items()))
        yield f"options of Locust that steer the load are put back: {listed}", "Rampart steers users and time itself."
    for name, host in sorted(scenario.hosts.items()):
        remedy = f'If it is to be loaded, write allow = ["{host}"] in the target file.'
        yield f"{name} has a host of its own, {host}, that is not allowed: it gets the target's url", remedy
    if scenario.shape:
        yield f"its load shape {scenario.shape} is not used", "Rampart raises the users in stages of its own."
    steps = [row["name"] for row in scenario.classes if row["lock_step"]]
    if steps:
        said = f"the wait times of {', '.join(steps)} keep users that start together in step: requests come in bursts"
        yield said, "Use between(…) or poisson(…) in place of constant_pacing and constant_throughput."


def _counted(noun: str, names: list[str]) -> str:
    plural = "es" if noun.endswith("s") else "s"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{len(names)} {noun}{'' if len(names) == 1 else plural} ({', '.join(names[:_SHOWN])}{more})"
