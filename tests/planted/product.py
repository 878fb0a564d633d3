"""A copy of the product in a folder of its own, to which a file can be added; and what it answers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

from rampart.shipped import checkout

_PACKAGES = (
    "analysis", "commands", "conductor", "flawbank", "lab", "probes", "rampart", "readers", "reports", "scenarios",
    "seeders", "docs",
)  # fmt: skip
_ASKS = """
import json, sys
from pathlib import Path
from commands.main import main
from flawbank.score import FAMILY, answer, score
from rampart.runs import Run
from rampart.verdict_file import read_verdict
commands, name = json.loads(sys.argv[1]), sys.argv[2]
codes = [main(words) for words in commands]
verdict = read_verdict(Run.open(Path("RUN")))
asked = {"codes": codes, "family": FAMILY[name], "score": score([answer(name, verdict)])}
print(json.dumps(asked))
"""


def with_file(folder: Path, path: str, text: str) -> Path:
    """Copy the product to a folder and add one file to it."""
    root = checkout()
    assert root is not None
    for package in _PACKAGES:
        copytree(root / package, folder / package, ignore=ignore_patterns("__pycache__"))
    assert not (folder / path).exists()
    (folder / path).write_text(text)
    return folder


def asked(product: Path, name: str, *commands: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """What the commands print in that folder, and their exit codes, the family of a finding and its score on `RUN`."""
    command = [sys.executable, "-c", _ASKS, json.dumps(commands), name]
    done = subprocess.run(command, cwd=product, capture_output=True, text=True, check=True, timeout=60)
    *said, last = done.stdout.splitlines()
    return "\n".join(said), json.loads(last)
