"""Arguments that several commands share: the target file, tenant levels, where runs live."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from rampart.config import Target
from rampart.errors import UsageError
from rampart.shipped import shipped
from rampart.target_file import read_target

DEFAULT = shipped("targets", "lab.toml")


def add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", type=Path, default=DEFAULT, metavar="FILE", help="target file (default: the lab)")


def add_levels(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenants", type=levels, default=(), metavar="N,N,…", help="tenant levels, rising")


def add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=Path, default=Path("runs"), metavar="DIR", help="where runs are kept (runs)")


def levels(text: str) -> tuple[int, ...]:
    """`100,1000` as numbers; a UsageError for anything else."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"--tenants {text!r} is not a list of numbers", "whole numbers with commas are wanted",
            "For instance --tenants 100,1000,10000.",
        ) from None  # fmt: skip


def resolve(arguments: argparse.Namespace) -> Target:
    """The target of a call: its file, with what the call overrides; paths in the file are relative to the file."""
    target = read_target(arguments.target)
    base = arguments.target.resolve().parent
    scenario = _beside(target.load.scenario, base)
    seeder = target.seed.seeder
    if seeder is not None and seeder.endswith(".py"):
        seeder = str(_beside(seeder, base))
    load = replace(target.load, scenario=str(scenario))
    if getattr(arguments, "max_users", None):
        load = replace(load, max_users=arguments.max_users)
    return replace(target, load=load, seed=replace(target.seed, seeder=seeder))


def _beside(path: str, base: Path) -> Path:
    """A file named in a target file: beside that file, or one that comes with Rampart, or from the current folder."""
    for candidate in (base / path, shipped("rampart").parent / path, Path(path)):
        if candidate.exists():
            return candidate.resolve()
    return Path(path)
