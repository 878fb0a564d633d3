"""Every question whose answer could spoil a run, asked before it with the run's own code, each with its remedy."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import psutil

from conductor import target_parts
from conductor.console import Console
from conductor.exclusive import exclusive
from conductor.experiment.take_back import require_none
from conductor.load_permission import permission
from conductor.local_processes import with_local_processes
from conductor.marker import require_marker
from conductor.pinned_request import asked_of
from conductor.room import Recording, require_room, require_temporary
from conductor.scenario_check import Scenario, check_scenario
from conductor.scenario_notes import notes, summary
from conductor.seeding import check_seeding
from conductor.target_version import target_version
from lab import folder
from lab.harness_load import driven
from probes._found import every_probe
from probes._probe import NotConfigured, Probe, Unavailable
from rampart.config import Target, Version
from rampart.errors import NotReady, RampartError
from rampart.model import Reading

_BUSY = 0.25  # share of all cores that strangers may use before numbers stop meaning much


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer."""

    name: str
    status: str  # "ok", "warning", "missing"
    said: str
    remedy: str = ""
    error: RampartError | None = None
    scenario: Scenario | None = None  # what the check of the scenario found
    lost: tuple[str, ...] = ()  # findings that a probe cannot see


@dataclass(frozen=True, slots=True)
class Ready:
    """What a run needs to know of the answers."""

    scenario: Scenario
    seeding: str  # what will be grown, where, and how it is known that this is the application's database


def require(target: Target, console: Console, recording: Recording) -> Ready:
    """Ask everything, show what is not ok, and raise on the first answer that rules a run out."""
    scenario, seeding = None, ""
    for check in ask(target, recording):
        if check.error is not None:
            raise check.error
        scenario = check.scenario or scenario
        seeding = check.said if check.name == "seeding" else seeding
        if check.status != "ok":
            console.warn(f"{check.name}: {check.said}. {check.remedy}")
    assert scenario is not None
    return Ready(scenario, seeding)


def ask(target: Target, recording: Recording) -> Iterator[Check]:
    """The checks in the order in which one would ask them; a target that may not be loaded is asked nothing."""
    scenario: Scenario | None = None
    allowed = _attempt("permission", "the target may be loaded", partial(permission, target))
    yield allowed
    if allowed.error is None:
        for check in _scenario(driven(target)):
            scenario = check.scenario or scenario
            yield check
        yield _attempt("target", f"{target.url} accepts connections", partial(_answers, target))
        yield _checked("marker", lambda: require_marker(asked_of(target, permission(target))))
        if target.version != Version():
            yield version(target)
        yield _checked("seeding", partial(check_seeding, target))
        yield _attempt("one run at a time", "no other run loads the target", partial(_alone, target))
        yield _checked("remedies", partial(require_none, target))
    yield from machine(recording, scenario)
    if allowed.error is None:
        yield from _parts(target)


def of_lab(target: Target, recording: Recording) -> Iterator[Check]:
    """The checks of a lab, which is started by its run."""
    yield from machine(recording)
    yield _checked("remedies", partial(require_none, target))


def machine(recording: Recording, scenario: Scenario | None = None) -> Iterator[Check]:
    """The checks that concern this machine alone; a scenario says how much there will be to record."""
    yield _quiet()
    yield _checked("disk", partial(require_room, recording, None if scenario is None else scenario.think_s))
    yield _checked("temporary files", require_temporary)
    if left := folder.abandoned():
        said = f"labs that were killed have left {len(left)} folders ({', '.join(map(str, left[:3]))})"
        yield Check("killed labs", "warning", said, "`rampart lab down` removes them, and so does the next lab.")


def _attempt(name: str, said: str, question: Callable[[], object]) -> Check:
    """A question that raises, or is answered well."""
    return _checked(name, lambda: (question(), said)[1])


def _missing(name: str, error: RampartError) -> Check:
    return Check(name, "missing", f"{error.what}: {error.why}", error.remedy, error)


def _answers(target: Target) -> None:
    asked = asked_of(target, permission(target))
    failed: OSError | None = None
    for address in asked.addresses:  # as they are pinned; `localhost` has one that nobody listens on, often
        try:
            socket.create_connection((address, asked.origin.port), timeout=5).close()
            return
        except OSError as error:
            failed = error
    why, remedy = f"connecting to {asked.shown} failed ({failed})", "Start the target, or correct `url`."
    raise NotReady(f"{target.url} does not answer", why, remedy)


def _checked(name: str, question: Callable[[], str]) -> Check:
    """A question whose answer is shown."""
    try:
        return Check(name, "ok", question())
    except RampartError as error:
        return _missing(name, error)


def version(target: Target) -> Check:
    """Whether the target tells its version as the target file says; one that it does not tell spoils no run."""
    try:
        return Check("version", "ok", f"the target is {target_version(asked_of(target, permission(target)))}")
    except RampartError as error:
        return Check("version", "warning", f"{error.what}: {error.why}", error.remedy)


def _alone(target: Target) -> None:
    with exclusive(target):
        return


def _scenario(target: Target) -> Iterator[Check]:
    try:
        found = check_scenario(target)
    except RampartError as error:
        yield _missing("scenario", error)
        return
    yield Check("scenario", "ok", f"{target.load.scenario}: {summary(found)}", scenario=found)
    for said, remedy in notes(target, found):
        yield Check("scenario", "warning", said, remedy)


def _quiet() -> Check:
    share = psutil.cpu_percent(interval=0.5) / 100
    if share > _BUSY:
        said = f"this machine is already {share:.0%} busy"
        return Check("quiet machine", "warning", said, "Stop other work, or expect stages marked as contaminated.")
    return Check("quiet machine", "ok", f"{share:.0%} busy")


def _parts(target: Target) -> Iterator[Check]:
    """What each probe finds, each row of processes, and each queue as its probe reads it once."""
    for row in target_parts.processes(target):
        yield Check(f"process {row.name}", "ok" if row.found else "warning", row.said, row.remedy)
    readings: list[Reading] = []
    watched = with_local_processes(target)  # as a run does
    probed = [check for probe in every_probe().values() for check in _probe(probe, watched, readings)]
    yield from _once_each(probed)
    for row in target_parts.queues(target, readings):
        yield Check(f"queue {row.name}", "ok" if row.found else "warning", row.said, row.remedy)


def _probe(probe: Probe, target: Target, readings: list[Reading]) -> Iterator[Check]:
    """Whether it reads, and what it cannot see although it does."""
    name = f"probe {probe.name}"
    try:
        reader = probe.connect(target)
    except NotConfigured:
        yield Check(name, "ok", "the target has no such part")
        return
    except Unavailable as unavailable:
        gap = unavailable.gap
        yield _unseen(name, gap.reason, gap.lost, gap.remedy)
        return
    except Exception as error:  # noqa: BLE001 - a probe that cannot start is a warning, whatever its reason
        yield Check(name, "warning", f"{type(error).__name__}: {error}", "See the target file.")
        return
    try:
        readings += reader.read()
        gaps = dict(reader.facts().get("gaps") or {})
    except Exception as error:  # noqa: BLE001 - likewise one that cannot read
        yield Check(name, "warning", f"{type(error).__name__}: {error}", "See the target file.")
        return
    finally:
        reader.close()
    yield Check(name, "ok", probe.summary)
    for gap in gaps.values():
        yield _unseen(name, gap["reason"], gap["lost"], gap["remedy"])


def _unseen(name: str, reason: str, lost: Sequence[str], remedy: str) -> Check:
    return Check(name, "warning", reason, remedy, lost=tuple(lost))


def _once_each(checks: Sequence[Check]) -> Iterator[Check]:
    """The checks of probes; a fault that several of them have, such as a server that is down, is one row."""
    alike: dict[tuple[str, ...], list[Check]] = {}
    for check in checks:
        fault = (check.said, check.remedy) if check.status == "warning" else (check.name,)
        alike.setdefault(fault, []).append(check)
    for same in alike.values():
        first, names = same[0], [check.name.removeprefix("probe ") for check in same]
        lost = tuple(dict.fromkeys(one for check in same for one in check.lost))
        name = f"probes {', '.join(names)}" if len(names) > 1 else first.name
        hidden = f" (cannot see: {', '.join(lost)})" if lost else ""
        yield replace(first, name=name, said=f"{first.said}{hidden}", lost=lost)
