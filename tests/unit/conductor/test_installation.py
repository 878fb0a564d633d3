"""The command that adds a package to the environment that Rampart runs from, however it was installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conductor.installation import command_to_add


def test_pipx_and_uv_are_known_by_what_they_leave_in_the_environment(tmp_path: Path) -> None:
    pipx, uv = tmp_path / "pipx" / "venvs" / "rampart", tmp_path / "uv" / "tools" / "rampart"
    pipx.mkdir(parents=True)
    uv.mkdir(parents=True)
    (pipx / "pipx_metadata.json").write_text("{}")
    assert command_to_add("yaml", pipx) == "pipx inject rampart pyyaml"
    (uv / "uv-receipt.toml").write_text(
        '[tool]\nrequirements = [{ name = "rampart", directory = "/src/rampart" }, { name = "grpcio" }]\n'
    )
    assert command_to_add("bs4", uv) == "uv tool install --with grpcio --with beautifulsoup4 /src/rampart"
    (uv / "uv-receipt.toml").write_text("torn")
    assert command_to_add("bs4", uv) == "uv tool install --with beautifulsoup4 rampart"


def test_elsewhere_it_is_this_pythons_own_installer() -> None:
    words = command_to_add("websocket").split()
    assert command_to_add("google.cloud.storage").split()[-1] == "google-cloud-storage"
    assert words[-1] == "websocket-client" and sys.executable in words
    if words[:3] == [sys.executable, "-m", "pip"]:
        assert subprocess.run([*words[:3], "--version"], capture_output=True).returncode == 0
