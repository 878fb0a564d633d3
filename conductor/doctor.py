"""Every question whose answer could spoil a run, asked before it starts, each with its remedy."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil

import probes
from conductor.console import Console
from conductor.safety import permission
from probes._probe import NotConfigured, Probe, Unavailable
from rampart.config import Target
from rampart.errors import NotReady, RampartError
from rampart.plugins import discover

_BUSY = 0.25  # share of all cores that strangers may use before numbers stop meaning much
_FREE_BYTES = 2_000_000_000
# A locustfile goes into sys.modules under its bare name and would replace a package of that name.
_TAKEN = {"rampart", "scenarios", "seeders", "probes", "analysis", "reports", "lab", "tests", "locust", "gevent"}


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer."""

    name: str
    status: str  # "ok", "warning", "missing", "not checked"
    said: str
    remedy: str = ""
    error: RampartError | None = None


def require(target: Target, console: Console) -> list[Check]:
    """Ask everything, show what is not ok, and raise on the first answer that rules a run out."""
    checks = list(ask(target))
    for check in checks:
        if check.error is not None:
            raise check.error
        if check.status != "ok":
            console.warn(f"{check.name}: {check.said}. {check.remedy}")
    return checks


def ask(target: Target) -> Iterator[Check]:
    """The checks in the order in which one would ask them."""
    yield _attempt("permission", "the target may be loaded", partial(permission, target))
    yield _attempt("scenario", f"{target.load.scenario} is there", lambda: _scenario(target))
    yield _attempt("target", f"{target.url} accepts connections", lambda: _answers(target))
    yield from machine()
    for probe in discover(probes, Probe).values():
        yield _probe(probe, target)


def machine() -> Iterator[Check]:
    """The checks that concern this machine alone."""
    yield _quiet()
    yield _space()


def _attempt(name: str, said: str, question: Callable[[], object]) -> Check:
    try:
        question()
    except RampartError as error:
        return Check(name, "missing", f"{error.what}: {error.why}", error.remedy, error)
    return Check(name, "ok", said)


def _scenario(target: Target) -> None:
    path = Path(target.load.scenario)
    if not path.exists():
        raise NotReady(f"the scenario {path} is missing", "no such file", "Name a locustfile in [load] scenario.")
    if path.stem in _TAKEN or path.stem in sys.stdlib_module_names:
        raise NotReady(
            f"the scenario {path} cannot be loaded",
            f"Locust would put it in the place of the module {path.stem!r}",
            "Give the file another name.",
        )


def _answers(target: Target) -> None:
    parts = urlsplit(target.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=5).close()
    except OSError as error:
        raise NotReady(
            f"{target.url} does not answer", f"connecting failed ({error})", "Start the target, or correct `url`."
        ) from error


def _quiet() -> Check:
    share = psutil.cpu_percent(interval=0.5) / 100
    if share > _BUSY:
        said = f"this machine is already {share:.0%} busy"
        return Check("quiet machine", "warning", said, "Stop other work, or expect stages marked as contaminated.")
    return Check("quiet machine", "ok", f"{share:.0%} busy")


def _space() -> Check:
    free = shutil.disk_usage(Path.cwd()).free
    if free < _FREE_BYTES:
        return Check("disk", "warning", f"only {free / 1e9:.1f} GB are free", "Make room before a long run.")
    return Check("disk", "ok", f"{free / 1e9:.0f} GB free")


def _probe(probe: Probe, target: Target) -> Check:
    name = f"probe {probe.name}"
    try:
        reader = probe.connect(target)
    except NotConfigured:
        return Check(name, "ok", "the target has no such part")
    except Unavailable as unavailable:
        gap = unavailable.gap
        return Check(name, "warning", f"{gap.reason} (cannot see: {', '.join(gap.lost) or 'nothing lost'})", gap.remedy)
    except Exception as error:  # noqa: BLE001 - a probe that cannot start is a warning, whatever its reason
        return Check(name, "warning", f"{type(error).__name__}: {error}", "See the target file.")
    reader.close()
    return Check(name, "ok", probe.summary)
