"""Where the record names no first bottleneck, or cannot tell two apart: what it may be, and what to measure next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.attribution.latency_ledger import OUTSIDE_WORK, loads
from analysis.detectors._found import every_detector
from analysis.forecast.utilisation_law import RESOURCES
from analysis.level.objective import VIOLATIONS, slo_bracket
from analysis.ranking.judge import JudgedLevel
from analysis.verdict import signals
from analysis.verdict.held_words import more_stages
from rampart.finding import Finding
from rampart.model import Gap
from rampart.undecided import Candidate, NextMeasurement, Undecided

_MOST = 3
_NOTED = 0.1  # of the added latency: less is no candidate
_PARTS = {  # of the latency ledger, in words
    "mail": "sending mail",
    "downstream": "waiting for outside services",
    "outside": "waiting for outside services",
    "cache": "waiting for the cache server",
    "pooler": "waiting in the pooler",
    "pool": "waiting for a connection of the pool",
    "app": "spent in the application",
    "accept": "spent before the application",
    "db": "spent in statements",
}


def undecided(judged: JudgedLevel, gaps: Sequence[Gap]) -> Undecided | None:
    """None where a first bottleneck is named and stands alone, and where no level is in doubt."""
    if judged.first is not None:
        return _tie([judged.first, *judged.tied]) if judged.tied else None
    if judged.outcome != "inconclusive" or VIOLATIONS in slo_bracket(judged.level).missed_by:
        return None  # wrong answers say nothing of a limit
    found = list(dict.fromkeys(one for one in _candidates(judged) if one))
    told = {one.id: one for one in reversed(found)}  # the first word on each
    candidates = [told[name] for name in dict.fromkeys(one.id for one in found)][:_MOST]
    return Undecided(tuple(candidates), _measurement(judged, candidates, gaps)) if len(candidates) > 1 else None


def sentence(found: Undecided | None, *, named: bool) -> str:
    """What the headline adds: the candidates, where none is named, and what to measure next."""
    if found is None:
        return ""
    *others, last = (one.id for one in found.candidates)
    may_be = "" if named else f" It may be {', '.join(others)} or {last}."
    said = found.measurement.what if found.measurement.kind != "stages" else ""  # those the headline has already
    return f"{may_be}{' To tell them apart: ' + said if said else ''}"


def _tie(rivals: Sequence[Finding]) -> Undecided:
    candidates = [Candidate(f.id, f"it explains {f.share:.0%} of the added latency") for f in rivals[:_MOST]]
    what = f"rampart confirm RUN, which applies the remedy of {rivals[0].id} by turns."
    return Undecided(tuple(candidates), NextMeasurement("experiment", what, (rivals[0].id,)))


def _candidates(judged: JudgedLevel) -> Iterator[Candidate]:
    """What was found and does not suffice, where the added latency is, what is full, and what could not be seen."""
    for finding in judged.ranked:
        if finding.share >= _NOTED and all(e.holds for e in finding.evidence):
            yield Candidate(finding.id, f"it explains {finding.share:.0%} of the added latency")
    contradicted = {f.id for f in judged.ranked if not all(e.holds for e in f.evidence)}
    yield from (one for one in _by_parts(judged) if one.id not in contradicted)
    for name, used in judged.attribution.saturated.items():
        if name in RESOURCES:
            yield Candidate(RESOURCES[name][0], f"{name} is {used:.0%} full")
    for signal in signals.missing(judged.level):
        for finding_id in signal.tells:
            yield Candidate(finding_id, f"it is seen by {signal.name}, and none was read")
    yield from (one for one in _by_work(judged) if one.id not in contradicted)


def _by_work(judged: JudgedLevel) -> Iterator[Candidate]:
    """By what a request does at low load: it may be what those do whom the others wait for."""
    low, _ = loads(judged.level)
    whole = max(low.means["latency"], 1e-9)
    parts = {"db": sum(low.executed.values()), **{name: low.means[name] for name in OUTSIDE_WORK}}
    for part, ms in sorted(parts.items(), key=lambda one: -one[1]):
        for name in _about(part) if ms >= _NOTED * whole else ():
            yield Candidate(name, f"{ms / whole:.0%} of a request at low load is {_PARTS[part]}")


def _by_parts(judged: JudgedLevel) -> Iterator[Candidate]:
    """By the parts of the added latency as they were measured, the largest first."""
    entries = judged.entries
    parts = {**entries.outside_work, "pool": entries.pool, "app": entries.app, "accept": entries.before_app}
    parts["db"] = sum(entries.statements.values())
    for part, ms in sorted(parts.items(), key=lambda one: -one[1]):
        for name in _about(part) if ms >= _NOTED * max(entries.added, 1e-9) else ():
            yield Candidate(name, f"{ms / entries.added:.0%} of the added latency is {_PARTS[part]}")


def _about(part: str) -> list[str]:
    """The finding that a part of the latency would be, where nothing more specific is found."""
    return [name for name, detector in every_detector().items() if part in detector.parts]


def _measurement(judged: JudgedLevel, candidates: Sequence[Candidate], gaps: Sequence[Gap]) -> NextMeasurement:
    """Other loads where those that were tried do not tell, else the cheapest signal, else a remedy."""
    names = [one.id for one in candidates]
    if stages := more_stages(judged.level):
        return NextMeasurement("stages", stages, tuple(names))
    for signal in signals.missing(judged.level):
        if seen := [name for name in names if name in signal.tells]:
            return NextMeasurement("signal", signals.advice(signal, gaps), tuple(seen))
    remedy = next((f.remedy.text for f in judged.ranked if f.id == names[0]), "")
    what = f"apply the remedy of {names[0]} and ramp again, to see whether the knee moves. {remedy}".strip()
    return NextMeasurement("experiment", what, (names[0],))
