"""What comes with Rampart is found beside its packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from rampart import shipped

ROOT = Path(__file__).resolve().parents[3]


def test_files_and_folders_of_a_package_are_found() -> None:
    assert shipped.shipped("targets", "lab.toml") == ROOT / "targets/lab.toml"
    assert shipped.shipped("analysis.detectors") == ROOT / "analysis/detectors"


def test_a_checkout_is_known_by_its_project_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert shipped.checkout() == ROOT
    monkeypatch.setattr(shipped, "files", lambda package: tmp_path / "site-packages" / package)
    assert shipped.checkout() is None
