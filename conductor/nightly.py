"""The nightly run: short and bounded, judged against the last one under the same conditions."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

from conductor.baseline import Search, find_baseline, is_baseline, outcome_of
from conductor.console import Console
from conductor.session import Options, Outcome, ramp
from rampart.errors import ExitCode
from rampart.verdict import Verdict
from reports.compare import compare, not_compared
from reports.comparison import Comparison, write_comparison
from reports.render import render

_TOLD = 3  # runs that were passed over


def nightly(options: Options, console: Console) -> Outcome:
    """Ramp, compare, and turn a lower capacity into the exit code, as a missed objective is."""
    outcome = ramp(replace(options, purpose="nightly"), console)
    code = outcome.code
    comparison = compare_with_earlier(outcome, options.runs, console)
    if comparison is not None:
        write_comparison(outcome.run, comparison)
        if code is ExitCode.DONE and comparison.regressed:
            code = ExitCode.OBJECTIVE_MISSED
    render(outcome.run, outcome.verdict)
    return replace(outcome, code=code)


def compare_with_earlier(outcome: Outcome, runs: Path, console: Console) -> Comparison | None:
    """The comparison with the baseline; one that says why a new segment begins; None where there is nothing to say."""
    about = outcome.run.about
    if about.get("outcome") != "complete":
        console.say("this run is incomplete: it is compared with no other, and no later one with it")
        return None
    if not (is_baseline(outcome.verdict) or outcome.verdict.violations):  # a violation that is new is told
        said = outcome_of(outcome.verdict)
        console.say(f"this run is no baseline ({said}): it is compared with no other, and no later one with it")
        return None
    search = find_baseline(outcome.run, runs)
    told = (run for run in search.passed_over if search.baseline or not run.begins_segment)
    for passed in itertools.islice(told, _TOLD):
        console.say(f"not compared with {passed.name}: {passed.why}")
    comparison = _comparison(search, outcome.verdict, about.get("target_version"))
    if comparison is None:
        console.say("no comparable run before this one; the next one will be compared with it")
    elif search.baseline is None:
        console.say(comparison.sentence)
    else:
        console.say(f"compared with {comparison.before}: {comparison.sentence}")
    return comparison


def _comparison(search: Search, verdict: Verdict, version: str | None) -> Comparison | None:
    if search.baseline is not None:
        base = search.baseline
        compared = compare(base.verdict, verdict, versions=(base.version, version), judged_again=base.judged_again)
        return replace(compared, before=base.name)
    if search.new_segment is not None:
        earlier = search.new_segment
        return not_compared(
            f"this run begins a new segment; {earlier.name} is not comparable: {earlier.why}", before=earlier.name
        )
    return None
