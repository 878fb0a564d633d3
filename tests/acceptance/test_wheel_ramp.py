"""The installed wheel brings up the lab and ramps it, from a folder that is no checkout."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installed import Installed, install

pytestmark = [pytest.mark.acceptance, pytest.mark.alone]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder for temporary files of its own, for a lab that stands is known by a file there."""
    folder = Path(tempfile.mkdtemp(prefix="rampart-test-"))
    folder.chmod(0o755)  # Postgres may run as another user
    monkeypatch.setenv("TMPDIR", str(folder))
    yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.usefixtures("apart")
def test_the_lab_stands_and_goes(installed: Installed) -> None:
    try:
        up = installed.run("lab", "up", "--flaws", "n-plus-one")
        assert up.returncode == 0, up.stdout + up.stderr
        assert "the lab is up" in installed.run("lab", "status").stdout
    finally:
        down = installed.run("lab", "down")
    assert "the lab is down" in down.stdout


def test_a_quick_ramp_names_a_bottleneck(installed: Installed) -> None:
    done = installed.run("ramp", "--quick", timeout_s=280)
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = (installed.folder / "runs").iterdir()
    verdict = json.loads((run / "verdict.json").read_text())
    assert verdict["outcome"] == "bottleneck"
    assert verdict["sentence"] in " ".join(done.stdout.split())
    assert "<h1>" in (run / "report.html").read_text()
    assert json.loads((run / "run.json").read_text())["commit"] is None  # whatever repository lies around the wheel
