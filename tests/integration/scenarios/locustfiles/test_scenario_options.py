"""A scenario has its own options from wherever Locust takes them; those that steer the load are put back, and told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.scenarios.locustfiles.conftest import LOCUSTFILES, driving


def test_options_are_the_scenarios_own_and_those_that_steer_the_load_are_ours(
    any_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, here, told = tmp_path / "home", tmp_path / "here", tmp_path / "told.json"
    home.mkdir()
    here.mkdir()
    (home / ".locust.conf").write_text("from-home = home\nspawn-rate = 77\n")
    (here / "locust.conf").write_text("from-conf = conf\nrun-time = 1h\nusers = 500\n")
    (here / "pyproject.toml").write_text('[tool.locust]\nfrom-pyproject = "pyproject"\nhtml = "report.html"\n')
    monkeypatch.chdir(here)
    environment = {
        "HOME": str(home), "TOLD": str(told), "LOCUST_FROM_ENVIRONMENT": "environment", "LOCUST_PROCESSES": "4",
        "LOCUST_HEADFUL": "true", "LOCUST_HOST": "http://elsewhere.invalid", "LOCUST_STOP_TIMEOUT": "3",
        "LOCUST_CONFIG_USERS": '{"user_class_name": "Member", "name_of_page": "/after"}',
    }  # fmt: skip
    options = ("--on-the-line", "line")
    with driving(tmp_path / "runs", any_path, LOCUSTFILES / "options.py", environment, options=options) as driven:
        driven.load.steer(users=4, spawn_rate=100)
        assert driven.listen(lambda: driven.users == 4 and driven.requests > 40), driven.log()
    found = json.loads(told.read_text())
    own = {name: found[name] for name in found if name.startswith(("from_", "on_the", "left_"))}
    assert own == {
        "on_the_line": "line", "from_environment": "environment", "from_conf": "conf", "from_home": "home",
        "from_pyproject": "pyproject", "left_alone": "default",
    }  # fmt: skip
    assert (found["stop_timeout"], found["host"]) == ("3.0", any_path)
    assert {row["endpoint"] for row in driven.rows()} == {"GET /after", "GET /other"}
    [put_back] = [row["put_back"] for row in driven.notes("options")]
    assert put_back == {
        "users": "500", "run-time": "3600", "spawn-rate": "77.0", "processes": "4", "headful": "True",
        "html": "report.html", "host": "http://elsewhere.invalid",
    }  # fmt: skip
    assert driven.load.scenario["shape"] == "Spikes"
    assert not (here / "report.html").exists()
