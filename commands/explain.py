"""`rampart explain ID`: the page of a finding."""

from __future__ import annotations

import argparse

from rich.markdown import Markdown

from conductor.console import Console
from rampart.errors import Exit, UsageError, nearest
from rampart.shipped import shipped

PAGES = shipped("docs", "findings")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="a finding id, such as missing-index")


def run(arguments: argparse.Namespace, console: Console) -> Exit:
    pages = {path.stem: path for path in PAGES.glob("*.md")}
    if arguments.id not in pages:
        raise UsageError(f"there is no finding {arguments.id!r}", "docs/findings has no such page",
                         nearest(arguments.id, pages))  # fmt: skip
    console.show(Markdown(pages[arguments.id].read_text()))
    return Exit.DONE
