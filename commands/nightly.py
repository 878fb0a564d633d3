"""`rampart nightly`: a short run for CI, compared with the last comparable one."""

from __future__ import annotations

import argparse

from commands import ramp
from conductor.console import Console
from conductor.nightly import nightly
from rampart.errors import ExitCode


def arguments(parser: argparse.ArgumentParser) -> None:
    ramp.arguments(parser)
    parser.set_defaults(quick=True)


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    return nightly(ramp.options_of(arguments), console).code
