"""What makes a run impossible is said before anything is done, with a remedy and the exit code of its kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.main import main
from tests.integration.conductor.conftest import SHOP
from tests.integration.conftest import free_port


def target(folder: Path, **changes: str) -> Path:
    rows = {"name": '"x"', "url": f'"http://127.0.0.1:{free_port()}"', **changes}
    path = folder / "target.toml"
    path.write_text("".join(f"{key} = {value}\n" for key, value in rows.items()))
    return path


def refused(words: list[str], runs: Path, capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main([*words, "--runs", str(runs)])
    return code, capfd.readouterr().err


def test_a_target_that_does_not_answer(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = target(tmp_path, load=f'{{scenario = "{SHOP / "buyers.py"}"}}')
    code, said = refused(["ramp", "--target", str(file)], tmp_path / "runs", capfd)
    assert code == 3
    assert "does not answer" in said and "do:" in said
    assert not (tmp_path / "runs").exists()


def test_a_scenario_that_is_not_there(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = target(tmp_path, load='{scenario = "none.py"}')
    code, said = refused(["ramp", "--target", str(file)], tmp_path / "runs", capfd)
    assert (code, "is missing" in said) == (3, True)


def test_a_scenario_that_fails_on_its_first_requests(
    shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    scenario = tmp_path / "lost.py"
    scenario.write_text(
        "from locust import FastHttpUser, constant, task\n"
        "class Lost(FastHttpUser):\n    wait_time = constant(0.05)\n"
        "    @task\n    def nowhere(self):\n        self.client.get('/nowhere')\n"
    )
    file = tmp_path / "target.toml"
    file.write_text(shop.read_text().replace(str(SHOP / "buyers.py"), str(scenario)))
    code, said = refused(["ramp", "--target", str(file), "--quick"], tmp_path / "runs", capfd)
    assert code == 3
    assert "fails on its first requests" in said and "GET /nowhere" in said


def test_a_database_that_refuses(shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "target.toml"
    dead = f"host=127.0.0.1 port={free_port()} dbname=x connect_timeout=2"
    file.write_text(shop.read_text().replace("env:SHOP_DSN", dead) + '[seed]\nseeder = "lab"\ntenants = [5]\n')
    code, said = refused(["ramp", "--target", str(file), "--quick"], tmp_path / "runs", capfd)
    assert code == 3
    assert "do:" in said
