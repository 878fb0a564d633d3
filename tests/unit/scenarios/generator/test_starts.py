"""Python's own library may ask about the machine; nothing else that is called so may start."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scenarios.generator.starts import start_of


@pytest.fixture
def imitation(tmp_path: Path) -> Path:
    """A folder with programs of a user's own."""
    for name in ("uname", "ip", "file"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def harmless(*words: str, **environment: str) -> bool:
    return start_of("subprocess.Popen", (words[0], words, None, environment or None)).harmless


@pytest.mark.skipif(shutil.which("uname") not in ("/bin/uname", "/usr/bin/uname"), reason="uname is elsewhere here")
def test_questions_of_pythons_own_library_are_harmless() -> None:
    assert harmless("uname", "-p")
    assert harmless("/bin/uname", "-p")


def test_a_program_of_that_name_elsewhere_is_not(imitation: Path) -> None:
    assert not harmless(str(imitation / "uname"), "-p")
    assert not harmless("uname", "-p", PATH=str(imitation))
    assert not harmless("./file", "-b")
    assert not harmless("file", "-b", PATH=".")


def test_other_arguments_are_not() -> None:
    assert not harmless("uname", "-p", "-x")
    assert not harmless("/bin/sh", "-p")
    assert not start_of("os.exec", ("/bin/sh", ["ip", "link"], {})).harmless


@pytest.mark.skipif(not Path("/sbin/ip").exists(), reason="ip is not installed")
def test_ip_may_list_links_and_start_nothing() -> None:
    assert harmless("/sbin/ip", "link")
    assert not harmless("/sbin/ip", "netns", "exec", "x", "sh")


def test_what_is_not_there_fails_by_itself() -> None:
    assert harmless("/no/such/program")
    assert harmless("no-such-program-anywhere", "x")


@pytest.mark.parametrize("event", ["os.fork", "os.forkpty"])
def test_a_fork_is_a_start(event: str) -> None:
    assert not start_of(event, ()).harmless


def test_a_shell_command_is_a_start() -> None:
    assert not start_of("os.system", (b"uname -p",)).harmless
