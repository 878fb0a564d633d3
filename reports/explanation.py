"""How a verdict came about, as text: each number, where it was recorded, and the rule that decided."""

from __future__ import annotations

from collections.abc import Iterator

from rampart.finding import Finding, Interval, Thresholds
from rampart.latency import AddedLatency
from rampart.verdict import LevelCapacity, OperatingPoint, Verdict
from reports.numbers import ms, percent, rate, seen
from reports.objective_lines import WORDS
from reports.wording import between, open_questions

_COUNTED = "requests-*.arrow (start, latency_ms, outcome; those that ended in the steady window of stages.jsonl)"
_SPANS = "requests-*.arrow (latency_ms, *_ms), readings-statements-*.arrow db.statement.exec_ms"
_KNEE = "knee rule: more likely inside the ramp than beyond it, and hardly ever far beyond (docs/method.md, The knee)"


def why(verdict: Verdict) -> str:
    """Every number of a verdict: its checks, each level's knee and ledger, then the first bottleneck and its rivals."""
    return "\n".join(_lines(verdict))


def _lines(verdict: Verdict) -> Iterator[str]:
    yield f"outcome: {verdict.outcome}"
    for check in verdict.validity.checks:
        yield f"  {'holds' if check.ok else 'FAILS'}: {check.name}: {check.claim}"
    for failure in verdict.failures:
        yield f"  target failed: {failure.sentence}"
    for row in verdict.capacity:
        yield ""
        yield from _level(verdict, row)
    for added in verdict.ledger:
        yield ""
        yield from _ledger(added)
    for word, said in open_questions(verdict):
        yield f"  {word}: {said}"
    first = verdict.first
    for finding in verdict.ranked:
        yield ""
        lead = first is not None and (finding.id, finding.tenants) == (first.id, first.tenants)
        yield from _finding(finding, lead)


def _at(tenants: float | None) -> str:
    return f"{tenants:,.0f} tenants" if tenants else "the data as it is"


def _level(verdict: Verdict, row: LevelCapacity) -> Iterator[str]:
    """The knee and the objective of a level, and the stages that they were read off."""
    yield f"LEVEL: {_at(row.tenants)}, tested up to {row.tested_users or 0:.0f} users"
    for found, what in ((row.knee_users, "knee"), (row.queue_knee_users, "jobs pile up from")):
        if found:
            yield f"  {what}: {found.value:.0f} users ({found.low:.0f} to {found.high:.0f})"
    if row.reason:
        yield f"  no knee: {row.reason}"
    yield from _knee_from(row)
    slo = row.slo_users
    yield (
        f"  objectives: met at {_users(slo.met)}, missed at {_users(slo.missed)}"
        + (f" by {' and '.join(slo.missed_by)}" if slo.missed_by else "")
        + (f", {slo.shape}: {percent(slo.throughput_kept)} of the throughput is kept" if slo.shape else "")
    )
    for one in verdict.objectives:
        if one.tenants == row.tenants:
            yield f"  {WORDS[one.met]}: {one.sentence}"
    for point in verdict.points:
        if point.tenants == row.tenants:
            yield _stage(point)
    yield f"         recorded in: {_COUNTED}"


def _users(value: float | None) -> str:
    return f"{value:.0f} users" if value is not None else "no load"


def _knee_from(row: LevelCapacity) -> Iterator[str]:
    """What the fit says of itself, and the rule that lets it speak."""
    by = row.knee_from
    if by.probability_inside is not None:
        yield (
            f"  the knee lies inside the ramp with probability {by.probability_inside:.2f}; the last stage gives "
            f"{percent(by.efficiency_last)} of what its users would get at the initial slope"
        )
        yield f"         rule: {_KNEE}"


def _stage(point: OperatingPoint) -> str:
    latency = point.latency_ms
    counted = "" if point.valid else f", NOT counted: {point.why_invalid}"
    seen, lasting = point.throughput_rps, point.lasting_rps
    passing = f" of which {rate(lasting)} last" if seen and lasting < seen else ""
    if point.unstolen_rps is not None:
        passing += f" (at most {rate(point.unstolen_rps)} had the hypervisor taken nothing)"
    return (
        f"  stage {point.stage}: {point.users} users, {rate(seen)}{passing}, "
        f"mean {ms(latency.mean)}, p95 {ms(latency.p95)}, errors {percent(point.error_ratio)}{counted}"
    )


def _ledger(row: AddedLatency) -> Iterator[str]:
    """Where the added milliseconds of a level went, and who is blamed for them."""
    low, high = (", ".join(map(str, found)) or "–" for found in (row.stages.low, row.stages.high))
    yield (
        f"LEDGER: {_at(row.tenants)}: {ms(row.added_ms)} ({ms(row.added_ms_low)} to "
        f"{ms(row.added_ms_high)}) more per request in stages {high} than in {low}"
    )
    for part in row.parts:
        yield f"  {ms(part.ms)}, {percent(part.share)}{between(part)}: {part.what}"
    yield f"         recorded in: {_SPANS}"
    for one in row.blamed:
        yield f"  blamed on {one.id}: {percent(one.share)}{between(one)}"
    if row.unexplained is not None:
        yield f"  unexplained, once waiting is passed on: {percent(row.unexplained)}"


def _finding(finding: Finding, leads: bool) -> Iterator[str]:
    """One finding: its checks, its numbers, and the rule that made it first or kept it from being so."""
    where = f", {finding.endpoint}" if finding.endpoint else ""
    yield f"{'FIRST' if leads else 'rival'}: {finding.id} at {_at(finding.tenants)}: {finding.resource}{where}"
    holding, share = sum(item.holds for item in finding.evidence), finding.share
    yield (
        f"  status {finding.status}, confidence {finding.confidence:.2f} (share {share:.0%}"
        f"{between(finding)}, {holding} of {len(finding.evidence)} checks hold)"
    )
    if finding.limit_users is not None:
        yield f"  its limit: {finding.limit_users:.0f} users"
        if finding.gain is not None:
            yield _bought(finding.limit_users, finding.gain)
    for item in finding.evidence:
        yield f"  {'holds' if item.holds else 'FAILS'}: {item.claim}"
        yield f"         rule: {item.expected}    recorded in: {item.source}"
    if finding.thresholds:
        yield f"         thresholds of its detector: {_named(finding.thresholds)}"
    if finding.why_not_first:
        yield f"  not first: {finding.why_not_first}"
    rule = finding.rule
    if rule.said:
        yield f"  decided by: {rule.said}" + (f" [{_named(rule.thresholds)}]" if rule.thresholds else "")


def _bought(now: float, gain: Interval) -> str:
    after, low, high = (f"{now * ratio:.0f}" for ratio in (gain.value, gain.low, gain.high))
    return (
        f"  its remedy alone: about {after} users ({low} to {high}), ×{gain.value:.2f}\n"
        "         rule: the network of servers without what the remedy takes away (docs/method.md, What a remedy buys)"
    )


def _named(thresholds: Thresholds) -> str:
    return ", ".join(f"{name} = {seen(value)}" for name, value in thresholds.items())
