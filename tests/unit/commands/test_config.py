"""`rampart config` says what is in force and from where: options over the environment over the file over defaults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands.main import main

FILE = """name = "shop"
url = "http://127.0.0.1:8000"
postgres = "host=db user=shop password=only-in-the-file"
headers = {Authorization = "env:SHOP_KEY"}
marker = "SELECT true"

[load]
max_users = 50
wanted_users = 20
cwd = "below"

[objectives]
invoices = 'p95 of "GET /invoices" < 800ms'

[[queues]]
name = "default"
kind = "rq"
url = "redis://:in-the-url-too@127.0.0.1:6379/0"
"""


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOP_KEY", "Bearer out-of-the-environment")
    path = tmp_path / "shop.toml"
    path.write_text(FILE)
    return path


def told(words: list[str], capfd: pytest.CaptureFixture[str]) -> tuple[dict[str, tuple[str, str]], str]:
    assert main(["config", *words, "--json"]) == 0
    said = capfd.readouterr()
    return {row["setting"]: (row["value"], row["from"]) for row in json.loads(said.out)}, said.err


def test_each_setting_has_its_value_and_its_origin(
    target: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAMPART_LOAD_WANTED_USERS", "30")
    monkeypatch.setenv("RAMPART_LOAD_MAX_USERS", "60")
    monkeypatch.setenv("RAMPART_MARKER_HEADER", "X-Load-Test: yes")
    rows, _ = told(["--target", str(target), "--max-users", "70", "--tenants", "5,6"], capfd)
    assert rows["name"] == ('"shop"', "shop.toml:1")
    assert rows["load.max_users"] == ("70", "--max-users")
    assert rows["seed.tenants"] == ("[5, 6]", "--tenants")
    assert rows["load.wanted_users"] == ("30", "RAMPART_LOAD_WANTED_USERS")
    assert rows["load.cwd"] == (json.dumps(str(target.parent / "below")), "shop.toml:10")
    assert rows["marker.sql"] == ('"SELECT true"', "shop.toml:5")
    assert rows["marker.header"] == ('"X-Load-Test: yes"', "RAMPART_MARKER_HEADER")
    assert rows["queues[0].kind"] == ('"rq"', "shop.toml:17")
    assert rows["objectives.invoices"] == (json.dumps('p95 of "GET /invoices" < 800ms'), "shop.toml:13")
    assert rows["objectives.errors"] == ('"errors < 1%"', "default")
    assert "objectives.latency" not in rows
    assert rows["stop.errors"][1] == "default"


def test_no_secret_is_shown(target: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["--json"]):
        assert main(["config", "--target", str(target), *words]) == 0
        said = capfd.readouterr().out
        assert "Authorization" in said
        assert not [one for one in ("only-in-the-file", "out-of-the-environment", "in-the-url-too") if one in said]


def test_a_variable_that_looks_like_a_setting_gets_the_right_name(
    target: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RAMPART_LOAD_MAXUSERS", "60")
    monkeypatch.setenv("RAMPART_TENANTS", "tenants.csv")  # what a scenario reads under plain Locust
    monkeypatch.setenv("RAMPART_OF_SOMEBODY_ELSE", "1")
    _, said = told(["--target", str(target)], capfd)
    assert said.count("Warning") == 1
    assert "RAMPART_LOAD_MAXUSERS" in said and "'RAMPART_LOAD_MAX_USERS'" in said


def test_an_option_that_does_not_fit_is_named(target: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--target", str(target), "--max-users", "0"]) == 2
    assert "the option --max-users" in capfd.readouterr().err
