"""The experiment A-B-B-A: the stages at the knee, unmended and mended by turns, and what they say of a finding.

Confirmed: throughput at loads past the knee rose by more than the noise allows (or work is lost no more), **and** the
mechanism's own number fell as predicted. Refuted: the mechanism was mended, and neither happened.
Source: docs/confirm.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis.detectors._found import of_jobs
from analysis.detectors._sign import Sign
from analysis.experiment import lost_work
from analysis.experiment.gain import MENDED, NOTHING, UNMENDED, Measured, Rate, describe, gain, job_rates, request_rates
from analysis.experiment.mechanism import ExperimentData, measure, resolved, signs
from analysis.record.readings import Readings
from analysis.record.request_reader import requests_of
from analysis.stages import operating_point, service_demand
from analysis.stages.objectives import allowed_errors
from analysis.stages.operating_point import Point
from rampart.finding import Evidence, Finding
from rampart.model import JSON
from rampart.objectives import objectives_of
from rampart.runs import Run
from rampart.tables import SCHEMA

ORDER = (UNMENDED, MENDED, MENDED, UNMENDED)
LEAST_GAIN = 1.1  # the lower end of the interval must exceed it (judged)
_OFTEN = 0.5  # times per request that a statement is sent at least, to be the endpoint's own


def decide(recorded: Run, finding: Finding, ramp: Run | None = None) -> JSON:
    """What `confirm.json` holds, from the recorded experiment; `ramp` is the run that named the finding."""
    measured = Measured.of(recorded)
    valid = measured.valid
    jobs = of_jobs(finding.id)
    rates = job_rates(valid) if jobs else request_rates(valid, measured.requests)
    moved = gain(rates)
    texts = _texts(recorded)
    known = ExperimentData(
        measured.requests, measured.readings, _statements(texts, finding, ramp), _named(texts, finding)
    )
    mechanism = _mechanism(finding, known, valid)
    lost = _lost(finding, valid, recorded)
    status, undecided, sentence = _verdict(moved, mechanism, lost, "jobs" if jobs else "requests")
    return {
        "schema": SCHEMA,
        "finding": {key: getattr(finding, key) for key in ("id", "resource", "endpoint", "tenants")},
        "status": status,
        "undecided": undecided,
        "sentence": sentence,
        "recorded": recorded.folder.name,
        "remedy": recorded.about.get("remedy"),
        "of": "jobs" if jobs else "requests",
        "gain": moved,
        "least_gain": LEAST_GAIN,
        "lost": lost,
        "mechanism": mechanism,
        "stages": [stage_row(p, rates) for p in measured.seen],
    }


def _lost(finding: Finding, valid: Sequence[Point], recorded: Run) -> JSON | None:
    """What is lost in either state; None where that is the mechanism's own number, which must not speak twice."""
    if any(sign.kind in ("failed", "growth") for sign in signs(finding.id)):
        return None
    if of_jobs(finding.id):
        return lost_work.jobs_lost(valid)
    return lost_work.requests_lost(valid, allowed_errors(objectives_of(recorded.about)))


def _mechanism(finding: Finding, seen: ExperimentData, valid: Sequence[Point]) -> JSON | None:
    """The first sign that holds, else the first that was read; None where no sign is known or none was read."""
    found = [_sign_evidence(resolved(sign, finding.resource), seen, valid) for sign in signs(finding.id)]
    read = [row for row in found if row is not None]
    return next((row for row in read if row["holds"]), read[0] if read else None)


def _sign_evidence(sign: Sign, seen: ExperimentData, valid: Sequence[Point]) -> JSON | None:
    """One sign in both states. It holds when it fell far enough, in every mended stage below every unmended one."""
    values: dict[str, list[float]] = {UNMENDED: [], MENDED: []}
    for point in valid:
        value = measure(sign, seen, point)
        if value is not None and point.stage.purpose in values:
            values[point.stage.purpose].append(value)
    before, after = values[UNMENDED], values[MENDED]
    if not before or not after or np.mean(before) <= 0:
        return None
    ratio = float(np.mean(after) / np.mean(before))
    return {
        "what": sign.says, "metric": sign.source, "unmended": float(np.mean(before)), "mended": float(np.mean(after)),
        "ratio": ratio, "most": sign.most, "holds": ratio <= sign.most and max(after) < min(before),
    }  # fmt: skip


def _verdict(ratio: JSON | None, mechanism: JSON | None, lost: JSON | None, work: str) -> tuple[str, bool, str]:
    """The new status of the finding, whether more stages could change it, and the sentence that says why."""
    if ratio is None:
        return "supported", True, NOTHING
    moved, still = ratio["low"] > LEAST_GAIN, ratio["high"] < LEAST_GAIN
    fell = mechanism is not None and mechanism["holds"]
    change, how = describe(ratio, MENDED, work), _how(mechanism)
    if not moved and lost is not None and lost["ended"]:  # and no less is done, as far as the noise tells
        moved, still, change = ratio["high"] > 1, False, f"{change}, {lost_work.describe(lost)}"
    if moved and fell:
        return "confirmed", False, f"Mended, it gives {change}, and {how}."
    if moved:
        return "supported", False, f"Mended, it gives {change}, but {how}: something else may have moved it."
    if still and fell:
        return "refuted", False, f"Mended, {how}, and still it gives {change}: it is not what comes first."
    if still:
        return "supported", False, f"The remedy did nothing: it gives {change}, and {how}."
    return "supported", True, f"Undecided: mended, it gives {change}, and {how}."


def _how(mechanism: JSON | None) -> str:
    if mechanism is None:
        return "its mechanism could not be watched"
    fell = f"from {mechanism['unmended']:.3g} to {mechanism['mended']:.3g}"
    return f"{mechanism['what']} went {fell}" + (
        "" if mechanism["holds"] else ", which is not the fall that was predicted"
    )


def stage_row(point: Point, rates: Sequence[Rate]) -> JSON:
    """One stage of an experiment, as its answer holds it."""
    rate = next((math.exp(r.log) for r in rates if r.point is point), None)
    about = {"users": point.users, "state": point.stage.purpose, "per_s": rate}
    return {**about, "latency_ms": point.mean_ms, "error_ratio": point.error_ratio, "why_invalid": point.why_invalid}


def _statements(now: Mapping[str, str], finding: Finding, ramp: Run | None) -> frozenset[str]:
    """The ids, in the experiment, of what the finding's endpoint sent in the ramp's profile: found by their texts."""
    if ramp is None or not finding.endpoint:
        return frozenset()
    stages = [s for s in ramp.stages() if s.purpose == "profile" and s.tenants == finding.tenants]
    readings, requests = Readings(ramp.readings()), requests_of(ramp, stages)
    rows = service_demand.demands(operating_point.operating_points(requests, readings), requests, readings)
    sent = {s for row in rows if row.endpoint == finding.endpoint for s, n in row.statements.items() if n > _OFTEN}
    then = _texts(ramp)
    wanted = {then[s] for s in sent if s in then}
    return frozenset(s for s, text in now.items() if text in wanted)


def _named(now: Mapping[str, str], finding: Finding) -> frozenset[str]:
    """The ids of the statement that is the finding's resource, which is the beginning of its text."""
    return frozenset(s for s, text in now.items() if finding.resource and text.startswith(finding.resource))


def _texts(run: Run) -> dict[str, str]:
    """The text of each statement, on one line, by id."""
    known = run.read_json("statements.json", {}).get("statements") or {}
    return {s: " ".join(str(about["text"]).split()) for s, about in known.items() if about.get("text")}


def upgrade(finding: Finding, outcome: JSON | None) -> Finding:
    """The finding with the status that an experiment gave it; as it is where `confirm.json` speaks of another."""
    about = (outcome or {}).get("finding") or {}
    if outcome is None or any(about.get(key) != getattr(finding, key) for key in ("id", "resource", "tenants")):
        return finding
    evidence = Evidence(
        outcome["sentence"],
        float((outcome.get("gain") or {}).get("value", 0.0)),
        f"> {LEAST_GAIN:g} times as much at the lower end of the interval (or no more work that is lost), "
        "and the mechanism's own number falls",
        f"{outcome['recorded']}: stages unmended and mended by turns",
        holds=outcome["status"] == "confirmed",
    )
    return replace(finding, status=outcome["status"], evidence=(*finding.evidence, evidence))
