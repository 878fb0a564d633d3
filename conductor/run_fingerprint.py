"""The fingerprint of a run that is about to begin."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from conductor.host_class import host_class
from conductor.load_permission import origin_of
from conductor.scenario_check import Scenario
from conductor.timing import Timing
from rampart.config import Seed, Target
from rampart.fingerprint import Fingerprint, Part
from rampart.masking import masked
from rampart.objectives import OBJECTIVES, Conditions, in_force, subject


def run_fingerprint(target: Target, scenario: Scenario, levels: Sequence[int], timing: Timing) -> Fingerprint:
    """What has to be the same for another run to be compared with this one.

    The target's version is no part of it, it is what is tested; nor are the users that are wanted or the most that may
    be sent, which change what is asked of a capacity and not the capacity.
    """
    return Fingerprint.of(
        url=Part.of("the lab" if target.lab else _url(target.url)),  # the lab's port is another one each time
        scenario=_scenario(scenario, target.load.options),
        objectives=_objectives(target.objectives),
        levels=_levels(target.seed, levels, timing),
        host=Part.of(host_class()),
    )


def _url(url: str) -> str:
    """Without what means the same: letter case, the usual port, the last slash; and without secrets."""
    origin = origin_of(url, "the target")
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return str(masked(f"{origin.scheme}://{host}:{origin.port}{urlsplit(url).path.rstrip('/')}"))


def _scenario(scenario: Scenario, options: Sequence[str]) -> Part:
    """Contents, and not where they lie; a secret among the options may change."""
    shown = [str(word) for word in masked(list(options))]
    files = ", ".join(f"{row['name']} {row['digest']}" for row in scenario.files)
    content = json.dumps([sorted(row["digest"] for row in scenario.files), shown])
    return Part.of(f"{files} with {' '.join(shown)}" if shown else files, content)


def _objectives(stated: Conditions) -> Part:
    """What they mean, and not what they are called."""
    promised = in_force(stated, OBJECTIVES).values()
    content = sorted(f"{subject(one)} {one.comparison} {one.value:g}" for one in promised)
    return Part.of(", ".join(one.said for one in promised), json.dumps(content))


def _levels(seed: Seed, levels: Sequence[int], timing: Timing) -> Part:
    """The data, and the stages in which it is loaded: a longer stage has less of what has not settled yet."""
    stages = f"stages of {timing.warmup_s:g} s and {timing.steady_s:g} s, profiles of {timing.profile_s:g} s"
    content = json.dumps([list(levels), seed.seed if seed.seeder else None, asdict(timing)])
    if seed.seeder is None:
        tenants = f"{_numbers(levels)} tenants" if levels else "the data as it is"
        return Part.of(f"{tenants}, {stages}", content)
    seeder, digest = _seeder(seed.seeder)
    return Part.of(f"{_numbers(levels)} tenants of {seeder} (seed {seed.seed}), {stages}", content + digest)


def _numbers(levels: Sequence[int]) -> str:
    return " and ".join(f"{level:,}" for level in levels)


def _seeder(name: str) -> tuple[str, str]:
    """What a seeder is called and what stands for it: a file's content, or the name of a built-in one."""
    if not name.endswith(".py"):
        return name, name
    digest = hashlib.sha256(Path(name).read_bytes()).hexdigest()[:12]
    return f"{Path(name).name} {digest}", digest
