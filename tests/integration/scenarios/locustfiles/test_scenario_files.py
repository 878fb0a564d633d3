"""A scenario is its files' content: its own, what it imports from beside it, and what it reads while it is imported."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conductor.scenario_check import check_scenario
from rampart.config import LoadSettings, Target

USERS = """
import csv, json
from pathlib import Path
from locust import HttpUser, task
from common.agents import AGENT
ROWS = list(csv.DictReader((Path(__file__).parent / "data" / "users.csv").open()))
with open("written.log", "w") as log:
    log.write("another line each time")
class User(HttpUser):
    @task
    def home(self):
        self.client.get("/", headers={"User-Agent": AGENT})
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    folder = tmp_path / "load"
    for name in ("common", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "shop.py").write_text(USERS)
    (folder / "common" / "agents.py").write_text('AGENT = "a browser"\n')
    (folder / "common" / "unused.py").write_text("")
    (folder / "data" / "users.csv").write_text("name\nada\n")
    (folder / "pyproject.toml").write_text('[project]\nname = "shop"\n')  # which Locust reads as its configuration
    return folder / "shop.py"


def files(scenario: Path) -> dict[str, str]:
    target = Target("x", "http://127.0.0.1:9", load=LoadSettings(scenario=str(scenario), cwd=str(scenario.parent)))
    return {row["name"]: row["digest"] for row in check_scenario(target).files}


def test_it_is_its_content_and_not_where_it_lies(scenario: Path, tmp_path: Path) -> None:
    found = files(scenario)
    assert list(found) == ["shop.py", "common/agents.py", "data/users.csv"]
    moved = Path(shutil.move(scenario.parent, tmp_path / "elsewhere"))
    (moved / "common" / "agents.py").write_text('AGENT = "another browser"\n')
    (moved / "common" / "unused.py").write_text("whatever = 1\n")
    changed = files(moved / "shop.py")
    assert list(changed) == list(found)
    assert [name for name in found if changed[name] != found[name]] == ["common/agents.py"]
