"""`rampart nightly`: a short run for CI, compared with the last comparable one."""

from __future__ import annotations

import argparse

from rampart.commands import ramp
from rampart.conductor.nightly import nightly
from rampart.console import Console
from rampart.errors import Exit


def arguments(parser: argparse.ArgumentParser) -> None:
    ramp.arguments(parser)
    parser.set_defaults(quick=True)


def run(arguments: argparse.Namespace, console: Console) -> Exit:
    return nightly(ramp.options_of(arguments), console).code
