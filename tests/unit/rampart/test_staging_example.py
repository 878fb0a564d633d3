"""The example of a target file: as it stands it is read, and so is each setting that stands in it as a comment."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from rampart.config import (
    LoadSettings,
    Marker,
    ProcessMatch,
    Queue,
    RedisServer,
    RemedyCommands,
    Seed,
    Target,
    Version,
)
from rampart.shipped import shipped
from rampart.target_file import read_target, read_target_file

EXAMPLE = shipped("targets", "staging.example.toml")
_SETTING = re.compile(r"^# ?(\[{1,2}\w+\]{1,2}|\w+ = .*)$")
# The lab's own settings, which a file for another target does not need; and what names a process in place of `command`.
_NOT_SHOWN = {"Target.lab", "Target.flaws", "ProcessMatch.pid", "ProcessMatch.port"}


class _AnyName(dict[str, str]):
    """An environment in which every variable that a file names is set."""

    def __contains__(self, name: object) -> bool:
        return not str(name).startswith("RAMPART_")

    def __missing__(self, name: str) -> str:
        return f"postgres://someone:a-secret-of-{name}@127.0.0.1:5432/db"


def uncommented() -> str:
    return "\n".join(_SETTING.sub(r"\1", line) for line in EXAMPLE.read_text().splitlines())


def test_the_example_is_read_as_it_stands() -> None:
    target = read_target(EXAMPLE, _AnyName())
    assert (target.name, target.marker.header, target.load.max_users) == ("staging", "X-Load-Test: yes", 400)


def test_each_setting_that_is_documented_is_read(tmp_path: Path) -> None:
    file = tmp_path / "staging.toml"
    file.write_text(uncommented())
    found = read_target_file(file, _AnyName())
    target = found.target
    assert target.load.options == ("--product", "basic") and target.load.cwd == ".."
    assert target.marker.required and target.marker.path == "/.well-known/rampart"
    assert (target.queues[0].pop, target.processes[0].command, len(target.remedies)) == ("left", "rq worker", 1)

    shown = {str(part) for place in found.origins for part in place}
    kinds = (Target, Marker, LoadSettings, Seed, RedisServer, Queue, ProcessMatch, RemedyCommands, Version)
    missing = {f"{kind.__name__}.{f.name}" for kind in kinds for f in fields(kind) if f.name not in shown}
    assert missing <= _NOT_SHOWN, "a setting that the example does not show"
