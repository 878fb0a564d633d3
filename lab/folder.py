"""The folder of a running lab: its data and logs, removed with it, and swept up later should it have been killed."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

_PREFIX = "rampart-lab-"


def make() -> Path:
    """A new folder, marked as ours, that an unprivileged server may pass through."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    folder.chmod(0o711)
    me = psutil.Process()
    (folder / "owner.json").write_text(json.dumps({"pid": me.pid, "started": me.create_time()}))
    return folder


def abandoned() -> list[Path]:
    """The folders of labs that were killed: their owner has gone without removing them."""
    folders = Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")
    return [one for one in folders if one.is_dir() and one.stat().st_uid == os.geteuid() and _abandoned(one)]


def sweep(say: Callable[[str], object]) -> None:
    """Remove the folders of labs that were killed, and say so."""
    for folder in abandoned():
        shutil.rmtree(folder, ignore_errors=True)
        say(f"removed what a killed lab had left: {folder}")


def _abandoned(folder: Path) -> bool:
    try:
        owner = json.loads((folder / "owner.json").read_text())
    except (OSError, ValueError):
        return False  # being made just now, or not ours
    try:
        return bool(psutil.Process(owner["pid"]).create_time() != owner["started"])
    except psutil.NoSuchProcess:
        return True
