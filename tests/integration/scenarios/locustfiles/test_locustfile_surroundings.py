"""A locustfile finds what it finds under `locust -f`: its working directory, its neighbours, its own module's name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.scenarios.locustfiles.conftest import LOCUSTFILES, driving

_LOCUST = Path(sys.executable).parent / "locust"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Somebody's repository, with a locustfile in a subfolder and packages called like ours."""
    return Path(shutil.copytree(LOCUSTFILES / "repository", tmp_path / "repository"))


def plain(repository: Path, url: str, told: Path) -> dict[str, Any]:
    """What it finds under Locust alone, started at the repository's root."""
    command = [str(_LOCUST), "-f", "load/locustfile.py", "--headless", "-u", "1", "-t", "1s", "--host", url]
    done = subprocess.run(
        command, cwd=repository, env={**os.environ, "TOLD": str(told)}, capture_output=True, text=True, check=False
    )
    assert told.exists(), done.stderr
    found: dict[str, Any] = json.loads(told.read_text())
    return found


def test_a_locustfile_finds_what_it_finds_under_plain_locust(
    repository: Path, any_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = plain(repository, any_path, tmp_path / "plain.json")
    monkeypatch.chdir(repository)
    told = tmp_path / "ours.json"
    with driving(tmp_path / "runs", any_path, Path("load/locustfile.py"), {"TOLD": str(told)}) as driven:
        assert driven.listen(lambda: driven.requests > 0), driven.log()
    found = json.loads(told.read_text())
    assert found["of Rampart"] == []
    # An editable install makes them importable to anybody; a locustfile under Rampart sees none of them.
    assert {**found, "of Rampart": wanted["of Rampart"]} == wanted
    assert {row["endpoint"] for row in driven.rows()} == {"GET /home"}


def test_a_locustfile_runs_in_the_folder_that_cwd_names(
    repository: Path, any_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = tmp_path / "ours.json"
    with driving(
        tmp_path / "runs", any_path, repository / "load" / "locustfile.py", {"TOLD": str(told)}, cwd=str(repository)
    ) as driven:
        assert driven.listen(told.exists), driven.log()
    assert json.loads(told.read_text())["cwd"] == str(repository)
