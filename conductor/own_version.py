"""Which Rampart this is: two of them may judge the same recording differently."""

from __future__ import annotations

import shutil
import subprocess

import rampart
from rampart.model import JSON
from rampart.shipped import checkout


def own_version() -> JSON:
    """Version, and the commit that is checked out: None without a checkout or without git; as `run.json` has them."""
    return {"rampart": rampart.__version__, "commit": _commit()}


def judged_by(about: JSON) -> str:
    """`0.1.0 (57d3aea)`: which Rampart made a run, for people."""
    commit = str(about.get("commit") or "")[:7]
    return f"{about.get('rampart', 'unknown')}{f' ({commit})' if commit else ''}"


def _commit() -> str | None:
    root, git = checkout(), shutil.which("git")
    if root is None or git is None:
        return None
    said = subprocess.run([git, "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
    return said.stdout.strip() or None
