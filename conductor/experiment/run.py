"""The experiment that turns a supported finding into a confirmed or a refuted one: its remedy, A-B-B-A."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace

from analysis.experiment.decide import ORDER, decide
from analysis.experiment.delay import ORDER as SQUEEZE_ORDER
from analysis.experiment.delay import SQUEEZED, decide_squeeze
from analysis.experiment.gain import MENDED, TRIAL
from analysis.verdict.analyse import analyse
from conductor import doctor
from conductor.announcement import announce
from conductor.console import Console
from conductor.exclusive import exclusive
from conductor.experiment.blocks import Experiment, Suspect, block, loads, once_or_twice, raised, slope_of, timing_of
from conductor.experiment.delay import for_suspect
from conductor.experiment.journalled import Journalled, journalled
from conductor.experiment.remedies import Placebo, Remedy, as_target, for_lab, for_target
from conductor.experiment.take_back import close_lab, take_back_all
from conductor.interruption import shielded
from conductor.local_processes import with_local_processes
from conductor.passing_lab import passing_lab
from conductor.room import Recording, give_back, keep_back, require_room
from conductor.seeding import seed_level
from lab import start_decoys
from lab.staging import Lab
from rampart.config import Target
from rampart.errors import NotReady, RampartError, UsageError
from rampart.finding import Finding
from rampart.model import JSON
from rampart.objectives import rows_of
from rampart.runs import Run
from rampart.verdict import Verdict
from rampart.verdict_file import write_verdict
from reports.render import render

_LONGEST_S = 600.0  # a careful bound of what an experiment takes


def confirm(run: Run, base: Target, console: Console, *, placebo: bool = False) -> JSON:
    """Carry out the experiment on the first bottleneck of a run; what was found is written into its folder.

    A placebo is written beside it and changes no verdict. UsageError where the run names no bottleneck or is of another
    target; NotReady where no remedy is known.
    """
    verdict = analyse(run)
    finding = _first(run, verdict, base)
    require_room(_recording(run, base), run.about.get("think_s"))  # before anything of the target is changed
    with ExitStack() as stack:
        stack.callback(close_lab, run.folder)  # the last of all, once a lab is down
        target, remedy = _prepared(run, finding, base, stack, console)
        if placebo:
            remedy = Placebo(remedy)
        stack.enter_context(exclusive(target)).name(run.folder)
        console.say(f"remedy of {finding.id}: {remedy.says}")
        recorded = carry_out(
            run, verdict, suspect_of(finding), target, {MENDED: remedy}, console,
            undecided=lambda recorded: bool(decide(recorded, finding, run)["undecided"]),
        )  # fmt: skip
    told = {**decide(recorded, finding, run), "placebo": placebo}
    if placebo:
        run.write_json("placebo.json", told)
        return told
    run.write_json("confirm.json", told)
    verdict = analyse(run)
    write_verdict(run, verdict)
    render(run, verdict)
    return told


def squeeze(run: Run, base: Target, console: Console, ms: float, *, placebo: bool = False) -> JSON:
    """Keep the answers of the suspect back by turns, on a lab as the run found it; `squeeze.json` says what came of it.

    A placebo squeezes another part. UsageError where the target is not a lab, and as for `confirm`; NotReady where the
    suspect is no server that can be squeezed.
    """
    if not base.lab:
        raise UsageError(
            f"{base.name} cannot be squeezed", "only the lab can put a relay between its product and a server",
            "Name a remedy in the target file, and confirm with that.",
        )  # fmt: skip
    verdict = analyse(run)
    finding = _first(run, verdict, base)
    require_room(_recording(run, base), run.about.get("think_s"))
    with ExitStack() as stack:
        stack.callback(close_lab, run.folder)
        take_back_all(base, console, run.folder)
        lab = lab_of(run, stack, console)
        slowed = for_suspect(lab, finding, base, ms, placebo=placebo)
        remedy = journalled(slowed, run.folder, slowed.undo(), finding, console, lab)
        stack.enter_context(exclusive(lab.target)).name(run.folder)
        console.say(f"suspect of {finding.id}: {slowed.says}")
        recorded = carry_out(
            run, verdict, suspect_of(finding), remedy.now, {SQUEEZED: remedy}, console, SQUEEZE_ORDER,
            undecided=lambda recorded: decide_squeeze(recorded, finding)["moved"] is None,
        )  # fmt: skip
    told = {**decide_squeeze(recorded, finding), "placebo": placebo}
    if placebo:
        run.write_json("squeeze-placebo.json", told)
    else:
        run.write_json("squeeze.json", told)
    return told


def _recording(run: Run, target: Target) -> Recording:
    return Recording(run.folder, target.load.max_users, _LONGEST_S)


def suspect_of(finding: Finding) -> Suspect:
    return Suspect(finding.id, finding.tenants, finding.limit_users)


def _first(run: Run, verdict: Verdict, base: Target) -> Finding:
    about = (run.about.get("target") or {}).get("name")
    if about != base.name:
        raise UsageError(
            f"{run.folder.name} is a run of {about!r}", f"the target file describes {base.name!r}",
            "Name that run's own target file with --target.",
        )  # fmt: skip
    if verdict.first is None:
        raise UsageError(
            f"{run.folder.name} names no bottleneck", f"its outcome is {verdict.outcome}",
            "There is nothing to confirm; `rampart history` lists the runs.",
        )  # fmt: skip
    return verdict.first


def _prepared(run: Run, finding: Finding, base: Target, stack: ExitStack, console: Console) -> tuple[Target, Remedy]:
    """The target, up and as the run found it, and the remedy of the finding."""
    remedy: Remedy | None
    lab: Lab | None = None
    take_back_all(base, console, run.folder)
    if base.lab:
        lab = lab_of(run, stack, console)
        target, remedy = as_target(lab, base), for_lab(lab, finding, base)
    else:
        target = with_local_processes(base)
        remedy = for_target(target, finding)
    if remedy is None:
        raise NotReady(
            f"no remedy is known for {finding.id} on {finding.resource}",
            "nothing that was planted has that finding" if base.lab else "the target file has no [[remedies]] for it",
            "Apply what the report says by hand, ramp again, and compare the two runs with `rampart compare`."
            + (" Or see whether it is waited for: --squeeze." if base.lab else ""),
        )
    doctor.require(target, console, _recording(run, target))
    return target, journalled(remedy, run.folder, target, finding, console, lab)


def lab_of(run: Run, stack: ExitStack, console: Console) -> Lab:
    """The lab of a run, brought up again."""
    about = run.read_json("lab.json", {})
    if "flaws" not in about:
        raise UsageError(
            f"the lab of {run.folder.name} is not known", "it has no lab.json: an older Rampart recorded it",
            "Ramp again with `rampart ramp`.",
        )  # fmt: skip
    lab = stack.enter_context(passing_lab(about["flaws"], console.say))
    start_decoys.begin(lab, about.get("decoys", ()))
    return lab


def carry_out(
    run: Run, verdict: Verdict, suspect: Suspect, target: Target, remedies: Mapping[str, Remedy], console: Console,
    order: Sequence[str] = ORDER, undecided: Callable[[Run], bool] = lambda _: False,
) -> Run:  # fmt: skip
    """A trial, then the states in order (A-B-B-A), recorded into a folder of its own below the run's.

    `remedies` has for each state but the unmended one what brings it about. Where what was recorded is `undecided`, the
    states come once more, and never a third time. The target ends as it was found.
    """
    users, timing = loads(verdict, suspect, target.most_users), timing_of(suspect.id)
    says = "; ".join(remedy.says for remedy in remedies.values())
    promised = {"name": target.name, "objectives": rows_of(target.objectives)}
    about = {"purpose": "confirm", "target": promised, "users": users}
    recorded, clock = Run.create(run.folder, "confirm", {**about, "remedy": says, "timing": asdict(timing)})
    keep_back(recorded)
    console.say(f"experiment {recorded.folder}")
    people = seed_level(recorded, clock, target, suspect.tenants, console)
    experiment = Experiment(
        recorded, clock, suspect.tenants, people, users, timing, console, itertools.count(), itertools.count()
    )
    minutes = timing.stage_s * (1 + len(order) * len(users)) / 60
    announce(target, max(users), minutes, console)
    applied, outcome = None, "failed"
    try:
        with console.live():
            tried = block(replace(experiment, loads=users[-1:]), target, TRIAL)
            experiment.loads = raised(users, tried, slope_of(verdict, suspect), target.most_users)
            recorded.update(users=experiment.loads)
            for state in once_or_twice(order, lambda: undecided(recorded), console):
                wanted = remedies.get(state)
                if wanted is not applied:
                    if applied is not None:
                        target = applied.undo()
                    applied = wanted  # a command that fails half-way leaves something to undo as well
                    if wanted is not None:
                        target = wanted.mend()
                    recorded.log(clock.now(), "conductor", state)
                block(experiment, target, state)
        outcome = "complete"
    finally:
        with shielded():  # a first Ctrl-C in here comes too late to stop anything but this
            if isinstance(applied, Journalled) and applied.lab is None:
                _put_back(applied, console)
            give_back(recorded)
            recorded.end(outcome)
    return recorded


def _put_back(remedy: Journalled, console: Console) -> None:
    """A target of one's own is left as it was found, whatever went wrong; a placebo sees to that by itself."""
    if not remedy.in_force:
        return
    entry = remedy.journal.entry
    console.say(f"putting back: {entry.undo} (at most {entry.deadline_s:.0f} s)")
    try:
        with console.live():
            remedy.undo()
    except RampartError as error:  # what went wrong before matters more
        console.warn(f"the target is not as it was found: {error.what}: {error.why}. {error.remedy}")
