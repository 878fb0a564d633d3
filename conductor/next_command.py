"""Commands for the reader to run next, with the target file of this call: they can be copied as they are."""

from __future__ import annotations

import shlex
from pathlib import Path

_target_file: list[Path] = []  # of this call, where it named one


def remember_target_file(path: Path | None) -> None:
    """The call's own `--target`; None where it named none."""
    _target_file[:] = [] if path is None else [path.resolve()]


def target_file() -> Path | None:
    return _target_file[0] if _target_file else None


def next_command(*words: str) -> str:
    """`rampart WORDS --target FILE`, quoted for a shell."""
    return command_with(target_file(), *words)


def command_with(file: Path | None, *words: str) -> str:
    """The same with a target file of another call."""
    return shlex.join(["rampart", *words, *(["--target", str(file)] if file else [])])
