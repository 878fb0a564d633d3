"""The environment of the three Django applications: made once by pip from their pins, kept in the user's cache folder.

They are half a gigabyte that nobody needs who does not run this test, so they are no extra of this project.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

_PINS = Path(__file__).with_name("applications") / "requirements.txt"


def interpreter() -> Path:
    """The Python of that environment, which is made where it is missing; half a minute, once."""
    name = hashlib.blake2b(_PINS.read_bytes() + sys.version.encode(), digest_size=6).hexdigest()
    base = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(base) if base else Path.home() / ".cache") / "rampart" / f"applications-{name}"
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        for command in _commands(folder, python):
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr[-2000:]
        (folder / ".ready").touch()
    return python


def _commands(folder: Path, python: Path) -> list[list[str]]:
    if shutil.which("uv"):
        install = ["uv", "pip", "install", "-q", "-p", str(python)]
        return [["uv", "venv", "-q", "-p", sys.executable, str(folder)], [*install, "-r", str(_PINS)]]
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    return [[sys.executable, "-m", "venv", str(folder)], [*install, "-r", str(_PINS)]]
