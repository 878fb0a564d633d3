"""Target files: what fits is frozen, what does not is one clear sentence with its line, and nothing is a traceback."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rampart.errors import NotReady, RampartError, UsageError
from rampart.target_file import line_of, read_target, read_target_file

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
[[processes]]
role = "worker"
command = "rq worker"
"""
ENVIRONMENT = {"STAGING_DSN": "host=db", "TOKEN": "Bearer xyzzyx", "CACHE": "redis://127.0.0.1:6379/0"}


def written(folder: Path, text: str) -> Path:
    path = folder / "target.toml"
    path.write_text(text)
    return path


def test_a_target_file_is_read_whole(tmp_path: Path) -> None:
    target = read_target(written(tmp_path, WHOLE), ENVIRONMENT)
    assert (target.load.max_users, target.redis[0].role, target.processes[0].port) == (50, "cache", 8000)
    assert target.seed.seeder is None


def test_a_missing_variable_says_which(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="STAGING_DSN"):
        read_target(written(tmp_path, WHOLE), {})


HEAD = 'name = "x"\nurl = "http://127.0.0.1"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + 'posgres = "y"', "line 3: unknown setting 'posgres'.*Did you mean 'postgres'"),
        (HEAD + "[load]\n\nmaxusers = 3", r"line 5: unknown setting 'maxusers'.*\[load\].*Did you mean 'max_users'"),
        ('url = "u"', "'name' is missing"),
        ("name = ", "not valid TOML"),
        (HEAD + '[load]\nmax_users = "many"', "line 4: 'max_users' does not fit.*it is 'many'.*a valid integer"),
        (HEAD + "[load]\nmax_users = 0", "line 4: 'max_users'.*greater than or equal to 1"),
        (HEAD + "[load]\nmax_users = true", "'max_users' does not fit.*True"),
        (HEAD + '[[remedies]]\nfinding = "a"\napply = "b"\nundo = "c"\ndeadline_s = true',
         "line 7: 'deadline_s' does not fit.*a valid number"),
        (HEAD + '[[remedies]]\nfinding = "a"\napply = "b"\nundo = "c"\ndeadline_s = nan', "'deadline_s' does not fit"),
        (HEAD + 'allow = "staging.example.invalid"', "line 3: 'allow'.*'staging.example.invalid'.*a list in brackets"),
        (HEAD + "allow = [1]", "does not fit.*it is 1"),
        (HEAD + "load = 3", "line 3: 'load' does not fit"),
        (HEAD + '[[queues]]\nname = "a"\nkind = "rq"\nurl = "u"\n[[queues]]\nname = "b"\nkind = "celery"\nurl = "u"',
         "line 9: 'kind' does not fit.*'celery'.*'rq' or 'list'"),
        (HEAD + '[[processes]]\nrole = "aap"\nport = 1', "line 4: 'role' does not fit.*one of app, worker"),
        (HEAD + '[[processes]]\nrole = "app"', "line 3.*exactly one of pid, port and command"),
        (HEAD + '[[processes]]\nrole = "app"\nport = 99999', "line 5: 'port' does not fit.*65535"),
        (HEAD + '[queues]\nname = "a"', "'queues' does not fit"),
        (HEAD + '[[remedies]]\nfinding = "app-pool"', "line 3.*'apply' is missing"),
        (HEAD + "[seed]\ntenants = [100, 10]", "line 4: 'tenants' does not fit.*do not rise"),
        (HEAD + "[marker]\nheader = 'X-Load-Test'", "line 4: 'header' does not fit.*like 'X-Load-Test: yes'"),
        (HEAD + "[marker]\npath = 'rampart'", "line 4: 'path' does not fit.*like '/.well-known/rampart'"),
        (HEAD + "[marker]\nquery = 'SELECT true'", r"line 4: unknown setting 'query'.*\[marker\]"),
        (HEAD + 'headers = {"X Key" = "a"}', "line 3: 'headers' does not fit.*'X Key' is none"),
        (HEAD + 'headers = {Key = "a\\nb"}', "line 3: 'headers' does not fit.*that of Key is none"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_sentence_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"(?s){said}"):
        read_target(written(tmp_path, text), {})


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"name = \x00", b"[" * 5000, b"x = [" + b"[" * 3000, b"\xef\xbb\xbf"]
)
def test_no_file_whatever_is_a_traceback(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "target.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        read_target(path, {})


def test_a_file_that_was_damaged_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    random.seed(5)
    for _ in range(400):
        text = list(WHOLE)
        for _ in range(random.randint(1, 6)):
            text[random.randrange(len(text))] = random.choice("\"'[]{}=,.#\n\\ 0xé\t-:env")
        try:
            read_target(written(tmp_path, "".join(text)), ENVIRONMENT)
        except RampartError as error:
            assert error.what and error.why


def test_an_unreadable_file_says_so(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            read_target(path, {})


def test_the_environment_stands_over_the_file_and_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + "[load]\nmax_users = 50\n")
    found = read_target_file(path, {"RAMPART_LOAD_MAX_USERS": "70", "RAMPART_ALLOW": '["a"]', "RAMPART_RUN": "x"})
    assert (found.target.load.max_users, found.target.allow) == (70, ("a",))
    assert found.origins["load", "max_users"] == "RAMPART_LOAD_MAX_USERS"
    assert found.origins["url",] == "target.toml:2"
    with pytest.raises(UsageError, match=r"environment variable RAMPART_LOAD_MAX_USERS.*'lots'"):
        read_target(path, {"RAMPART_LOAD_MAX_USERS": "lots"})


def test_a_setting_is_found_in_its_line() -> None:
    assert line_of(WHOLE, ("load", "max_users")) == 8
    assert line_of(WHOLE, ("redis", 0, "url")) == 11
    assert line_of(WHOLE, ("processes", 1, "command")) == 17
    assert line_of(WHOLE, ("processes", 1, "pid")) == 15
    assert line_of(WHOLE, ("headers", "Authorization")) == 5
    assert line_of(WHOLE, ("seed", "seeder")) is None


def test_a_marker_is_a_table_or_a_bare_text_of_sql(tmp_path: Path) -> None:
    bare = read_target(written(tmp_path, HEAD + 'marker = "SELECT true"'), {})
    table = read_target(written(tmp_path, HEAD + '[marker]\nsql = "SELECT true"\nrequired = true'), {})
    assert bare.marker.sql == table.marker.sql == "SELECT true"
    assert (bare.marker.required, table.marker.required) == (False, True)
    over = {"RAMPART_MARKER_HEADER": "X-Load-Test: yes"}
    both = read_target(written(tmp_path, HEAD + 'marker = "SELECT true"'), over)
    assert (both.marker.sql, both.marker.header) == ("SELECT true", "X-Load-Test: yes")


def test_an_option_stands_over_the_environment_and_is_named_where_it_does_not_fit(tmp_path: Path) -> None:
    path, over = written(tmp_path, HEAD + "[load]\nmax_users = 50\n"), {"RAMPART_LOAD_MAX_USERS": "70"}
    place = ("load", "max_users")
    found = read_target_file(path, over, {"--max-users": (place, 90)})
    assert (found.target.load.max_users, found.origins[place]) == (90, "--max-users")
    with pytest.raises(UsageError, match="the option --max-users"):
        read_target_file(path, over, {"--max-users": (place, 0)})
    with pytest.raises(UsageError, match="RAMPART_LOAD_MAX_USERS"):
        read_target_file(written(tmp_path, HEAD + "load = 3"), {"RAMPART_LOAD_MAX_USERS": "x"})
