"""A whole run: doctor, then for each tenant level seed, profile and ramp; then the verdict and the report."""

from __future__ import annotations

import itertools
import platform
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

from analysis.verdict.analyse import analyse
from conductor import doctor, interim_analysis
from conductor.accidents import provoke
from conductor.announcement import announce
from conductor.console import Console
from conductor.exclusive import exclusive
from conductor.experiment.remedies import as_target
from conductor.experiment.take_back import take_back_all
from conductor.load_permission import permission
from conductor.local_processes import with_local_processes
from conductor.observed_load import watched_load
from conductor.own_version import own_version
from conductor.passing_lab import passing_lab
from conductor.pinned_request import asked_of
from conductor.room import Recording, give_back, keep_back, require_writable
from conductor.run_fingerprint import run_fingerprint
from conductor.seeding import note_copies, seed_level
from conductor.stop_rules import StopRules
from conductor.target_version import target_version
from conductor.tenant_level import TenantLevelRun
from conductor.timing import FULL, QUICK, Timing
from lab import start_decoys
from lab.staging import Lab
from rampart.config import Target
from rampart.errors import ExitCode, Incomplete, RampartError, UsageError
from rampart.masking import masked
from rampart.model import JSON
from rampart.objectives import rows_of
from rampart.runs import Clock, Run
from rampart.unrecorded import Unrecorded
from rampart.verdict import Verdict
from rampart.verdict_exit_code import conclusion, missed
from rampart.verdict_file import write_verdict
from reports.render import render
from reports.terminal import lines

_REPORT_S = 10.0  # kept back for the verdict, the report and the end of the lab: measured: 8 at most on two cores
_SEED_ROWS_PER_S = 150_000.0  # careful; only to plan how much time remains for the ramps
_ROWS_PER_TENANT = 500


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line resolved to."""

    target: Target
    flaws: str = "young"  # for the lab: a profile, or flaws with commas
    tenants: tuple[int, ...] = ()
    timing: Timing = FULL
    minutes: float = 8.0
    growth_apart: bool = False  # `minutes` are for the ramp of the one level alone: a slow disk takes none of it
    runs: Path = Path("runs")
    purpose: str = "ramp"
    accidents: bool = False  # on a lab: workers and the queue's server are killed after the last level
    decoys: tuple[str, ...] = ()  # for the lab: what runs beside the product and harms nothing


def quick(options: Options) -> Options:
    """Two levels and short stages: the same line in under three minutes."""
    levels = options.tenants or options.target.seed.tenants
    return replace(options, timing=QUICK, minutes=2.8, tenants=(levels[0], levels[-1]) if len(levels) > 2 else levels)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    run: Run
    verdict: Verdict
    code: ExitCode


def ramp(options: Options, console: Console) -> Outcome:
    """Carry out a run. Whatever happens after the first request, what was recorded is kept and judged."""
    levels = options.tenants or options.target.seed.tenants
    _check_levels(levels)
    require_writable(options.runs)  # before a lab is started for nothing
    with ExitStack() as stack:
        lab = _lab(options, stack, console)
        target = with_local_processes(options.target) if lab is None else as_target(lab, options.target)
        run, problem = _record(target, levels, options, console)
        if lab is not None and options.accidents and problem is None:
            provoke(lab, run, console)
    return conclude(run, console, problem)


def ramp_on(target: Target, options: Options, console: Console, lab: Lab | None = None) -> Outcome:
    """As `ramp`, on a target that is up and stays up: the lab between two remedies."""
    run, problem = _record(target, options.tenants or options.target.seed.tenants, options, console)
    if lab is not None and options.accidents and problem is None:
        provoke(lab, run, console)
    return conclude(run, console, problem)


def _record(
    target: Target, levels: Sequence[int], options: Options, console: Console
) -> tuple[Run, BaseException | None]:
    recording = Recording(options.runs, target.load.max_users, options.minutes * 60)
    take_back_all(target, console)
    ready = doctor.require(target, console, recording)
    scenario = ready.scenario
    with exclusive(target) as held:
        about = _about(options, target, levels)
        fingerprint = run_fingerprint(target, scenario, levels, options.timing)
        about |= {"fingerprint": asdict(fingerprint), "target_version": _version(target), "seeding": ready.seeding}
        run, clock = Run.create(options.runs, target.name, about)
        keep_back(run)
        note_copies(run, target)
        held.name(run.folder)
        run.update(think_s=scenario.think_s)
        if target.lab:
            # For `confirm`; no analysis opens it.
            run.write_json("lab.json", {"flaws": list(target.flaws), "decoys": list(options.decoys)})
        if (wanted := target.load.wanted_users or 0) > target.load.max_users:
            console.warn(f"{wanted} users are wanted, and at most {target.load.max_users} are tried: that is a miss.")
        console.say(f"run {run.folder}")
        announce(target, target.load.max_users, options.minutes, console, scenario)
        return run, _levels(run, clock, target, levels, options, console)


def conclude(run: Run, console: Console, problem: BaseException | None = None) -> Outcome:
    """The verdict and the report of whatever was recorded; Unrecorded where they cannot be written either."""
    give_back(run)
    outcome = "complete" if problem is None else "interrupted" if isinstance(problem, KeyboardInterrupt) else "failed"
    try:
        run.end(outcome, error=problem.as_json() if isinstance(problem, RampartError) else None)
        verdict = analyse(run)
        write_verdict(run, verdict)
        render(run, verdict)
    except Unrecorded as unwritten:
        raise problem if isinstance(problem, RampartError) else unwritten from None
    close(verdict, run, console)
    for sentence in missed(verdict):
        console.warn(f"objective missed: {sentence}")
    code = ExitCode(conclusion(verdict).exit)
    if isinstance(problem, RampartError):
        problem.code = code  # a violation that was seen before outranks what ended the run
        raise problem
    return Outcome(run, verdict, code)


def close(verdict: Verdict, run: Run, console: Console) -> None:
    """The last words of a run: its verdict, and where the report is."""
    console.show(lines(verdict))
    console.say(f"report: {run.folder / 'report.html'}")


def _check_levels(levels: Sequence[int]) -> None:
    if any(later <= earlier for earlier, later in itertools.pairwise(levels)) or any(n < 1 for n in levels):
        raise UsageError(
            f"tenant levels {','.join(map(str, levels))} do not rise",
            "data only grows: each level keeps the tenants of the one before",
            "Give them in rising order, for instance --tenants 100,1000,10000.",
        )


def _lab(options: Options, stack: ExitStack, console: Console) -> Lab | None:
    if not options.target.lab:
        return None
    start_decoys.known(options.decoys)  # before anything starts
    lab = stack.enter_context(passing_lab(options.flaws.split(","), console.say))
    start_decoys.begin(lab, options.decoys)
    return lab


def _about(options: Options, target: Target, levels: Sequence[int]) -> JSON:
    """What `run.json` says of how the run was made. The lab's flaws are not in it: the analysis reads this file."""
    conditions = {"objectives": rows_of(target.objectives), "stop": rows_of(target.stop)}
    return {
        **own_version(),
        "purpose": options.purpose,
        "target": {**masked(replace(target, flaws=(), objectives={}, stop={})), **conditions},
        "levels": list(levels),
        "timing": asdict(options.timing),
        "minutes": options.minutes,
        "seed": target.seed.seed,
        "host": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "cores": psutil.cpu_count(),
            "memory_bytes": psutil.virtual_memory().total,
        },
    }


def _levels(
    run: Run, clock: Clock, target: Target, levels: Sequence[int], options: Options, console: Console
) -> BaseException | None:
    """All levels in turn; what stopped them early, or None."""
    stages = itertools.count()
    todo: list[int] = list(levels) or [0]
    try:
        with console.live():
            for number, tenants in enumerate(todo):
                if number > 0:
                    interim_analysis.before_seeding(run, clock, tenants, console)
                seeding = _ROWS_PER_TENANT * sum(todo[number + 1 :]) / _SEED_ROWS_PER_S if target.seed.seeder else 0.0
                if _level(run, clock, target, tenants, options, console, stages, len(todo) - number, seeding):
                    console.warn("the target does not answer any more: the run ends here")
                    break
    except (KeyboardInterrupt, RampartError) as problem:
        return problem
    return None


def _version(target: Target) -> str | None:
    """The target's version as far as it can be known: the doctor has warned where it cannot."""
    with suppress(RampartError):
        return target_version(asked_of(target, permission(target)))
    return None


def _level(
    run: Run, clock: Clock, target: Target, tenants: int, options: Options, console: Console,
    stages: itertools.count[int], levels_left: int, seeding_s: float,
) -> bool:  # fmt: skip
    """Grow the data and ramp; whether the target is gone, so that no further level can follow."""
    people = seed_level(run, clock, target, tenants, console)
    left = options.minutes * 60 - _REPORT_S - (0.0 if options.growth_apart else seeding_s + clock.now())
    with watched_load(run, clock, target, people, str(tenants), console.say) as (load, watch):
        level = TenantLevelRun(
            tenants, run, clock, load, watch, console, options.timing, clock.now() + left / levels_left,
            first_users=min(15, target.load.max_users), max_users=target.load.max_users, stages=stages,
            may_overrun=levels_left > 1, rules=StopRules.of(target.stop),
            asked_of=(*target.objectives.values(), *target.stop.values()),
        )  # fmt: skip
        reason = level.carry_out()
        console.say(f"{f'{tenants:,} tenants' if tenants else 'the data as it is'}: {reason}")
        if level.gone:
            return True
        if level.stopped and levels_left > 1:
            raise Incomplete(
                "the load was stopped", f"{reason}, before {levels_left - 1} further tenant levels",
                "What was seen until then is kept; mend that first, or change the rule in [stop].",
            )  # fmt: skip
    return False
