"""Files that come with Rampart, found beside its packages: in a checkout and in an installed wheel alike."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def shipped(package: str, *names: str) -> Path:
    """The path of a file or folder in one of our packages; it need not exist."""
    return Path(str(files(package))).joinpath(*names)


def checkout() -> Path | None:
    """The folder of the checkout that this code runs from; None where it runs from an installed wheel."""
    root = shipped("rampart").parent
    return root if (root / "pyproject.toml").exists() else None
