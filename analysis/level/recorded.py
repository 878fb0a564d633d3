"""A recorded run made ready to be judged: its stages checked, and each tenant level with its knee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.level.level_data import LevelData, build
from analysis.record.readings import Readings
from analysis.record.request_reader import requests_of
from analysis.record.requests import Requests
from analysis.record.scenario import ScenarioNotes, scenario_notes
from analysis.stages import service_demand, validity
from analysis.stages.judged_points import judged_points
from analysis.stages.objectives import allowed_errors
from analysis.stages.operating_point import Point
from analysis.stages.target_failure import LOGGED, failure
from rampart.objectives import Conditions, objectives_of
from rampart.runs import Run


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """What is known of a run before anything is blamed."""

    requests: Requests
    readings: Readings
    points: Sequence[Point]  # of all stages, the profile's among them
    checks: Sequence[validity.Check]
    levels: Sequence[LevelData]  # by rising tenants
    notes: ScenarioNotes
    objectives: Conditions  # in force, by name


def read(run: Run) -> RecordedRun:
    """Read the folder of a run, and nothing else."""
    stages, facts = run.stages(), run.read_json("statements.json", {})
    readings, requests = Readings(run.readings()), requests_of(run, stages)
    points = judged_points(requests, readings)
    levels, objectives, came_back = [], objectives_of(run.about), _came_back(run)
    points = [
        _seen_to_fail(p, requests, allowed_errors(objectives)) if p.stage.index in came_back else p for p in points
    ]
    for tenants in sorted({s.tenants for s in stages}):
        own = [p for p in points if p.stage.tenants == tenants]
        demands = service_demand.demands(own, requests, readings)
        levels.append(build(tenants, own, demands, requests, readings, facts, objectives, came_back))
    notes = scenario_notes(run.read_lines("scenario.jsonl"))
    checks = validity.checks(points, requests, readings, run.read_json("probes.json", []), notes)
    return RecordedRun(requests, readings, points, checks, levels, notes, objectives)


def _seen_to_fail(point: Point, requests: Requests, allowed: float) -> Point:
    """A stage in which the conductor saw the target fail: whatever else is said of it, it failed."""
    point = replace(point, by_generator=False)
    if failure(point, allowed):
        return point
    pause = requests.answer_times.longest_pause(*point.window)
    said = f"the target answered nobody for {pause.seconds:.1f} s of it"
    return replace(point, unanswered=pause, why_invalid=point.why_invalid or said)


def _came_back(run: Run) -> dict[int, bool]:
    """By stage, whether the target answered again when the conductor asked it after it had failed."""
    lines = [line for line in run.read_lines("log.jsonl") if line.get("source") == LOGGED]
    return {line["stage"]: line["came_back"] for line in lines if {"stage", "came_back"} <= line.keys()}
