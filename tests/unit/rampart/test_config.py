"""Target files: what fits is frozen, what does not is one clear sentence, and no secret is ever written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rampart.config import Target, masked, read_target
from rampart.errors import NotReady, UsageError

WHOLE = """
name = "staging"
url = "http://127.0.0.1:8000"
postgres = "env:STAGING_DSN"
headers = {Authorization = "env:TOKEN"}
[load]
scenario = "mine.py"
max_users = 50
[[redis]]
role = "cache"
url = "env:CACHE"
[[processes]]
role = "app"
port = 8000
"""
CANARY = "s3cr3t-canary"
ENVIRONMENT = {
    "STAGING_DSN": f"postgresql://probe:{CANARY}@127.0.0.1/app",
    "TOKEN": f"Bearer {CANARY}",
    "CACHE": f"redis://:{CANARY}@127.0.0.1:6379/0",
}


def written(folder: Path, text: str) -> Path:
    path = folder / "target.toml"
    path.write_text(text)
    return path


def test_a_target_file_is_read_whole(tmp_path: Path) -> None:
    target = read_target(written(tmp_path, WHOLE), ENVIRONMENT)
    assert (target.load.max_users, target.redis[0].role, target.processes[0].port) == (50, "cache", 8000)
    assert target.seed.seeder is None


def test_no_secret_is_left_in_what_is_recorded(tmp_path: Path) -> None:
    target = read_target(written(tmp_path, WHOLE), ENVIRONMENT)
    assert CANARY in (target.postgres or "")
    text = json.dumps(masked(target))
    assert CANARY not in text
    assert "env:STAGING_DSN" in text


@pytest.mark.parametrize(
    "dsn", ["service=x passfile={}", "redis://{}@cache/0", "http://[h/hooks/{}", "host=h sslpassword={}", "{}"]
)
def test_of_a_value_from_the_environment_nothing_is_recorded_whatever_its_form(tmp_path: Path, dsn: str) -> None:
    target = read_target(written(tmp_path, WHOLE), {**ENVIRONMENT, "STAGING_DSN": dsn.format(CANARY)})
    assert CANARY not in json.dumps(masked(target)) + repr(target)
    assert dsn.format(CANARY) == target.postgres


def test_a_keyword_password_is_masked_too() -> None:
    assert CANARY not in masked(Target("x", "http://h", postgres=f"host=db password={CANARY} user=u")).__repr__()
    assert CANARY not in masked(Target("x", "http://h", postgres=f"host=db password='{CANARY} x' user=u")).__repr__()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"redis://:{CANARY}@{CANARY}@cache:6379/0", "redis://:***@cache:6379/0"),
        (f"http://127.0.0.1:9100/stats?token={CANARY}", "http://127.0.0.1:9100/stats?token=***"),
        (f"https://h/x?api_key={CANARY}", "https://h/x?api_key=***"),
        ("SELECT id FROM users WHERE token = $1", "SELECT id FROM users WHERE token = $1"),
        ("postgresql://db:5432/app mail me@example.com", "postgresql://db:5432/app mail me@example.com"),
    ],
)
def test_a_secret_is_masked_wherever_it_stands_and_nothing_else_is(text: str, left: str) -> None:
    assert masked(text) == left


def test_a_missing_variable_says_which(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="STAGING_DSN"):
        read_target(written(tmp_path, WHOLE), {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "x"\nurl = "u"\nposgres = "y"', "Did you mean 'postgres'"),
        ('name = "x"\nurl = "u"\n[load]\nmaxusers = 3', "Did you mean 'max_users'"),
        ('url = "u"', "missing 1 required positional argument: 'name'"),
        ("name = ", "not valid TOML"),
    ],
)
def test_what_does_not_fit_is_a_usage_error_with_the_nearest_word(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_target(written(tmp_path, text), {})


def test_an_unreadable_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_target(tmp_path / "none.toml", {})
