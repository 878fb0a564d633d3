"""Packages that ship a schema, fetched once into the user's cache folder, by the ordinary clients of registries."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path


def deb(package: str) -> Path:
    """A Debian package, unpacked and not installed; the version is that of this machine's release."""
    folder = _folder(f"deb {package}")
    if not (folder / ".ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _run(["apt-get", "download", package], folder)
        for archive in folder.glob("*.deb"):
            _run(["dpkg-deb", "-x", archive.name, "files"], folder)
        (folder / ".ready").touch()
    return folder / "files"


def npm(*packages: str) -> Path:
    """The folder whose `node_modules` holds these packages, with what they need and without running their scripts."""
    folder = _folder(f"npm {packages}")
    if not (folder / ".ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}")
        _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *packages], folder)
        (folder / ".ready").touch()
    return folder


def python(*packages: str) -> Path:
    """The interpreter of an environment with these packages."""
    folder = _folder(f"python {packages} {sys.version}")
    if not (folder / ".ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)], Path.cwd())
        _run([str(folder / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", *packages], Path.cwd())
        (folder / ".ready").touch()
    return folder / "bin" / "python"


def output(command: list[str], folder: Path | None = None, **environment: str) -> str:
    """What a command prints; it must end well."""
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _run(command: list[str], folder: Path) -> None:
    output(command, folder)


def _folder(what: str) -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    name = hashlib.blake2b(what.encode(), digest_size=6).hexdigest()
    return (Path(base) if base else Path.home() / ".cache") / "rampart" / f"schema-{name}"
