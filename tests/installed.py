"""Rampart as its users have it: a wheel, installed into an environment of its own, far from the checkout.

Nothing is downloaded: the libraries are those of the environment that runs the tests, which the new one sees through a
path file. The checkout is not on its path, for a path file's folders have no path files of their own.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_LEFT = shutil.ignore_patterns(".git", ".venv", "build", "*.egg-info", "__pycache__", ".*_cache", "runs")


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with the wheel in it, and an empty folder to work in."""

    wheel: Path
    sdist: Path
    environment: Path
    folder: Path

    def run(self, *words: str, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """`rampart WORDS` in the empty folder."""
        return self._call([str(self.environment / "bin/rampart"), *words], timeout_s)

    def python(self, program: str) -> str:
        """What a program prints that the environment's Python runs."""
        done = self._call([str(self.environment / "bin/python"), "-c", program], 60.0)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _call(self, command: list[str], timeout_s: float) -> subprocess.CompletedProcess[str]:
        kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
        environment = {**kept, "COLUMNS": "200"}
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False
        )


def build(folder: Path) -> tuple[Path, Path]:
    """The wheel and the sdist, built below `folder` from a copy of the checkout that holds a run as well."""
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=_LEFT)
    run = source / "runs/2026-11-23T0052-lab"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    (source / "targets/staging.toml").write_text('name = "secret"\n')
    program = "import setuptools.build_meta as b; b.build_wheel('..'); b.build_sdist('..')"
    subprocess.run([sys.executable, "-c", program], cwd=source, check=True, capture_output=True)
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


def install(folder: Path) -> Installed:
    """Build the wheel and install it into a new environment below `folder`."""
    wheel, sdist = build(folder)
    environment, work = folder / "environment", folder / "work"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin/python"
    if importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--disable-pip-version-check"]
    else:
        command = ["uv", "pip", "install", "-q", "--offline", "-p", str(python)]
    subprocess.run([*command, "--no-deps", "--no-index", str(wheel)], check=True)
    ours = sysconfig.get_path("purelib")
    theirs = Path(ours.replace(sys.prefix, str(environment), 1))
    (theirs / "libraries.pth").write_text(f"{ours}\n{sysconfig.get_path('platlib')}\n")
    work.mkdir()
    return Installed(wheel, sdist, environment, work)
