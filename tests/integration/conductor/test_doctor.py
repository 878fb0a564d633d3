"""The doctor imports the scenario as the run does, says what is in it, and never says ok to what a run refuses."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import _target
from commands.main import main
from conductor.doctor import ask
from conductor.next_command import remember_target_file
from conductor.room import Recording
from conductor.scenario_check import check_scenario
from rampart.config import LoadSettings, Target
from rampart.errors import ExitCode, NotReady, UsageError
from tests.integration.conductor.web import Web, serving

USERS = """
from locust import HttpUser, between, constant_pacing, events, task, LoadTestShape
import analysis, lab.samples, tests

@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--pages", type=int, default=1)

@events.init.add_listener
def _(environment, **_):
    import requests
    requests.get(environment.host + "/from-init")

class Reader(HttpUser):
    weight = 3
    wait_time = between(1, 3)
    @task(2)
    def read(self):
        self.client.get("/read")
    @task
    def write(self):
        self.client.get("/write")

class Admin(HttpUser):
    host = "http://other.invalid"
    wait_time = constant_pacing(4)
    @task
    def watch(self):
        self.client.get("/watch")

class Steps(LoadTestShape):
    def tick(self):
        return None
"""


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """What a call resolves it remembers until its end, and these tests resolve without a call."""
    yield
    remember_target_file(None)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


def written(folder: Path, url: str, scenario: str, more: str = "", name: str = "users.py") -> Path:
    (folder / name).write_text(scenario)
    file = folder / "target.toml"
    file.write_text(f'name = "x"\nurl = "{url}"\n{more}\n[load]\nscenario = "{name}"\n')
    return file


def checked(folder: Path, scenario: str, **load: object) -> str:
    """What is said of a scenario that cannot be loaded."""
    (folder / "users.py").write_text(scenario)
    settings = LoadSettings(scenario=str(folder / "users.py"), **load)  # type: ignore[arg-type]
    with pytest.raises((NotReady, UsageError)) as caught:
        check_scenario(Target("x", "http://127.0.0.1:9", load=settings))
    return f"{caught.value.code.name}: {caught.value.what}: {caught.value.why}. {caught.value.remedy}"


def test_a_scenario_is_described_and_nothing_is_sent(
    tmp_path: Path, web: Web, capfd: pytest.CaptureFixture[str]
) -> None:
    for package in ("analysis", "lab", "tests"):  # names that are ours, and theirs
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "lab" / "samples.py").touch()
    file = written(tmp_path, web.url, USERS)
    settings = LoadSettings(scenario=str(tmp_path / "users.py"), options=("--pages", "3", "--run-time", "5m"))
    found = check_scenario(Target("x", web.url, load=settings))
    assert [(row["name"], row["weight"], row["lock_step"]) for row in found.classes] == [
        ("Reader", 3, False), ("Admin", 1, True)]  # fmt: skip
    assert {row["task"] for row in found.tasks} == {"read", "write", "watch"}
    assert (found.hosts, found.shape, set(found.options)) == ({"Admin": "other.invalid:80"}, "Steps", {"run-time"})
    assert found.think_s == pytest.approx((3 * 2 + 4) / 4, rel=0.2)
    assert web.asked == []

    assert main(["doctor", "--target", str(file)]) == ExitCode.DONE
    assert "users.py" in capfd.readouterr().out
    asked = ask(_target.resolve(Namespace(target=file)), Recording(tmp_path, 10, 60.0))
    said = " ".join(check.said for check in asked)
    assert "2 user classes (Reader, Admin), 3 tasks" in said and "in step" in said and "Steps is not used" in said
    assert f"port {web.url.rpartition(':')[2]}: no process on this machine" in said  # we listen, and are no target
    assert len(web.asked) <= 5


def test_what_a_scenario_does_not_find_is_named_with_how_to_add_it(tmp_path: Path) -> None:
    said = checked(tmp_path, "import yaml_of_nobody.inner")
    assert "NOT_READY" in said and "'yaml_of_nobody" in said and "users.py, line 1" in said
    assert "install yaml_of_nobody" in said

    said = checked(tmp_path, "open('data/users.csv')", cwd=str(tmp_path))
    assert f"there is no file {tmp_path}/data/users.csv" in said and "[load] cwd" in said

    inner = tmp_path / "load"
    inner.mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "users.csv").touch()
    said = checked(inner, "open('data/users.csv')", cwd=str(inner))
    assert f'cwd = "{tmp_path}"' in said

    (tmp_path / "helpers" / "pages").mkdir(parents=True)
    (tmp_path / "helpers" / "pages" / "home.py").touch()
    said = checked(inner, "import helpers.pages.home", cwd=str(inner))
    assert f"It is in {tmp_path}" in said
    said = checked(inner, "import tests.of_theirs", cwd=str(inner))
    assert "install" not in said and f"working directory ({inner})" in said


@pytest.mark.parametrize(
    ("scenario", "load", "wanted"),
    [
        ("x = = 1", {}, "NOT_READY.*SyntaxError.*users.py, line 1"),
        ("import time", {}, "NOT_READY.*No User class found"),
        ("raise SystemExit('needs a key')", {}, "NOT_READY.*needs a key"),
        ("from locust import HttpUser", {"options": ("--nowhere", "1")}, "USAGE.*--nowhere"),
        ("from locust import HttpUser", {"cwd": "/no/such/folder"}, "NOT_READY.*working directory /no/such/folder"),
        ("import requests\nrequests.get('http://127.0.0.1:1/')", {}, "USAGE.*127.0.0.1:1.*may not be loaded"),
        ("import subprocess\nsubprocess.run(['true'])", {}, "USAGE.*starts a process"),
    ],
)
def test_what_a_run_would_refuse_is_refused(
    tmp_path: Path, scenario: str, load: dict[str, object], wanted: str
) -> None:
    said = checked(tmp_path, scenario, **load)
    assert re.search(wanted, said, re.DOTALL), said


def test_a_ramp_of_what_cannot_be_imported_makes_no_run_folder(
    tmp_path: Path, web: Web, capfd: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, web.url, "import yaml_of_nobody")
    for command in (
        ["doctor"],
        ["ramp", "--runs", str(tmp_path / "runs")],
        ["nightly", "--runs", str(tmp_path / "runs")],
    ):
        assert main([*command, "--target", str(file)]) == ExitCode.NOT_READY
    assert capfd.readouterr().err.count("install yaml_of_nobody") == 3
    assert not (tmp_path / "runs").exists()
    assert web.asked == []


def test_a_target_that_may_not_be_loaded_is_asked_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, "http://192.0.2.1:80", USERS)  # an address for documents, which nobody has
    assert main(["doctor", "--target", str(file)]) == ExitCode.USAGE
    said = capfd.readouterr().out
    assert "may not be loaded" in said and "probe" not in said and "accepts connections" not in said


def test_a_file_named_as_a_module_of_python_is_told(tmp_path: Path, web: Web) -> None:
    scenario = "from locust import HttpUser, task\nclass U(HttpUser):\n    @task\n    def t(self):\n        pass\n"
    for name, told in (("queue.py", True), ("locust.py", False)):  # Locust gives the second one another name
        target = _target.resolve(Namespace(target=written(tmp_path, web.url, scenario, name=name)))
        checks = [check for check in ask(target, Recording(tmp_path, 10, 60.0)) if check.name == "scenario"]
        assert all(check.error is None for check in checks)
        assert told == any("in the place of Python's own module 'queue'" in check.said for check in checks)
