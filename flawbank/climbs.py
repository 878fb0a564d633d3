"""Climbs of the ladder, one for each profile, for what was predicted to come next to be held against what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from time import monotonic

from analysis.verdict.analyse import analyse
from conductor.console import Console
from conductor.ladder.carry_out import TOLD, carry_out
from conductor.session import Options
from flawbank.climb_score import Step, steps
from flawbank.run import Bank
from rampart.errors import RampartError
from rampart.model import JSON
from rampart.runs import Run, new_folder

PROFILES = ("young", "grown")
TENANTS = (10_000,)  # every flaw of both bites there
LOG = "climbs.jsonl"
_LONGEST = 30.0  # minutes of one climb
_LEAST = 4.0  # times the minutes of a ramp: less time shows no rung


def climb_all(bank: Bank, profiles: Sequence[str], options: Options, minutes: float, console: Console) -> int:
    """Climb each profile that is due while the time lasts; gives how many are still due.

    One that the time cut short is climbed anew.
    """
    began, log = monotonic(), _log(bank)
    for profile in profiles:
        left = minutes - (monotonic() - began) / 60
        if done(bank, profile) or left < _LEAST * options.minutes:
            continue
        console.say(f"climbing {profile}: at most {min(left, _LONGEST):.0f} minutes")
        folder = new_folder(log.folder, profile)
        log.append_line(LOG, {"profile": profile, "folder": folder.name})
        about = replace(options, flaws=profile, runs=folder, purpose="ladder")
        try:
            carry_out(about, min(left, _LONGEST), console)
        except RampartError as error:
            console.warn(f"{profile} was not climbed: {error.what}: {error.why}")
    return sum(not done(bank, profile) for profile in profiles)


def done(bank: Bank, profile: str) -> bool:
    """Whether a climb of a profile went on until nothing was left to mend."""
    return any(map(_whole, _climbed(bank, profile)))


def judged(bank: Bank, profiles: Sequence[str]) -> list[Step]:
    """The remedies of each profile's last climb, of those that went to the end if there is one.

    Every run is judged by the analysis as it is now; the folders are all that is needed.
    """
    found = []
    for profile in profiles:
        climbs = _climbed(bank, profile)
        for folder, told in (list(filter(_whole, climbs)) or climbs)[-1:]:
            found += steps(profile, told, cache(lambda run, folder=folder: analyse(Run.open(folder / run))))
    return found


def _whole(climb: tuple[Path, JSON]) -> bool:
    return bool(climb[1]["ended"]) and not climb[1]["cut_short"]


def _climbed(bank: Bank, profile: str) -> list[tuple[Path, JSON]]:
    log = _log(bank)
    folders = [log.folder / row["folder"] for row in log.read_lines(LOG) if row["profile"] == profile]
    told = ((folder, Run(folder).read_json(TOLD)) for folder in folders)
    return [(folder, one) for folder, one in told if one is not None]


def _log(bank: Bank) -> Run:
    folder = bank.folder / "climbs"
    folder.mkdir(parents=True, exist_ok=True)
    return Run(folder)
