"""Arguments that several commands share: the target file, tenant levels, where runs live."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from conductor.next_command import remember_target_file
from rampart.config import Target
from rampart.errors import UsageError
from rampart.shipped import shipped
from rampart.target_file import Place, TargetFile, read_target_file

DEFAULT = shipped("targets", "lab.toml")


def add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", type=Path, default=DEFAULT, metavar="FILE", help="target file (default: the lab)")


def add_levels(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenants", type=levels, default=(), metavar="N,N,…", help="tenant levels, rising")
    parser.add_argument(
        "--yes-this-database", action="store_true", default=None,
        help="grow data in the target's `postgres` though no request shows that the application uses it; recorded",
    )  # fmt: skip


def add_target_version(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target-version", metavar="TEXT", help="what is deployed there, such as a commit; recorded")


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
    """The target of a call: its file, with what the environment and the call override."""
    return resolved(arguments).target


def resolved(arguments: argparse.Namespace) -> TargetFile:
    """The same, and where each setting comes from; paths in the file are relative to the file."""
    found = read_target_file(arguments.target, flags=_flags(arguments))
    remember_target_file(None if arguments.target == DEFAULT else arguments.target)
    base, target = arguments.target.resolve().parent, found.target
    seeder, cwd = target.seed.seeder, target.load.cwd
    if seeder is not None and seeder.endswith(".py"):
        seeder = str(_beside(seeder, base))
    if cwd is not None:
        cwd = str((base / cwd).resolve())
    load = replace(target.load, scenario=str(_beside(target.load.scenario, base)), cwd=cwd)
    return replace(found, target=replace(target, load=load, seed=replace(target.seed, seeder=seeder)))


def _flags(arguments: argparse.Namespace) -> dict[str, tuple[Place, Any]]:
    """Options of the call that are settings, as far as they are given."""
    options = {
        "--max-users": ("max_users", ("load", "max_users")),
        "--tenants": ("tenants", ("seed", "tenants")),
        "--yes-this-database": ("yes_this_database", ("seed", "yes_this_database")),
        "--target-version": ("target_version", ("version", "name")),
    }
    given = {flag: (place, getattr(arguments, name, None)) for flag, (name, place) in options.items()}
    return {flag: (place, value) for flag, (place, value) in given.items() if value not in (None, ())}


def _beside(path: str, base: Path) -> Path:
    """A file named in a target file: beside that file, or one that comes with Rampart, or from the current folder."""
    for candidate in (base / path, shipped("rampart").parent / path, Path(path)):
        if candidate.exists():
            return candidate.resolve()
    return Path(path)
