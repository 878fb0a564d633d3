"""Which program is about to start, and whether it is one that Python's own library asks about the machine: `platform`,
`ctypes.util` and `uuid` do, and other people's modules call those when they are imported."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

A_COPY = "a copy of the load process"
_SYSTEM = ("/bin", "/sbin", "/usr/bin", "/usr/sbin")
# The beginnings of their arguments; None at the end: nothing may follow. `ip netns exec` would start anything.
_QUESTIONS: dict[str, tuple[tuple[str | None, ...], ...]] = {
    "uname": (("-p", None),),
    "ldconfig": (("-p", None),),
    "file": (("-b",),),
    "gcc": (("-Wl,-t",),),
    "cc": (("-Wl,-t",),),
    "ld": (("-t",),),
    "objdump": (("-p", "-j", ".dynamic"),),
    "ip": (("link", None),),
    "ifconfig": ((None,), ("-a", None), ("-av", None)),
    "arp": (("-an", None),),
    "netstat": (("-ian", None),),
}


@dataclass(frozen=True, slots=True)
class Start:
    """A program that is about to be started; `path` is None where there is no such file, and starting it will fail."""

    program: str
    path: str | None
    arguments: tuple[str, ...]

    @property
    def harmless(self) -> bool:
        """Whether it asks about this machine, or cannot start at all."""
        if self.path is None:
            return True
        folder, _, name = self.path.rpartition("/")
        given = (*self.arguments, None)
        return folder in _SYSTEM and any(given[: len(known)] == known for known in _QUESTIONS.get(name, ()))


def start_of(event: str, arguments: tuple[Any, ...]) -> Start:
    """What an audit event says of the program; that of a fork is found in who calls it."""
    if event in ("os.fork", "os.forkpty"):
        return _forked() or Start(A_COPY, A_COPY, ())
    program = arguments[0]
    if event in ("os.system", "pty.spawn") or isinstance(program, int):
        return Start(_text(program), "/bin/sh", ())
    words, environment = arguments[1], arguments[-1]
    return _start(program, words, environment)


def _start(program: Any, words: Any, environment: Any) -> Start:
    words = [words] if isinstance(words, (str, bytes, os.PathLike)) else list(words or ())
    program = _text(program if program is not None else words[0])
    search = _text((environment or os.environ).get("PATH", os.defpath))
    return Start(program, _found(program, search), tuple(map(_text, words[1:])))


def _found(program: str, search: str) -> str | None:
    """Where a program is. One that is named by a relative path is sought where it will run, which is not known here:
    it counts as found."""
    folders = [program] if "/" in program else search.split(os.pathsep)
    relative = [folder for folder in folders if not folder.startswith("/")]
    return shutil.which(program, path=search) or (program if relative else None)


def _text(word: Any) -> str:
    try:
        return os.fsdecode(word)
    except TypeError:
        return str(word)


def _forked() -> Start | None:
    """gevent, which stands in for `subprocess` under Locust, forks and starts the program in the copy."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        code = frame.f_code
        if code.co_name == "_execute_child" and code.co_filename.endswith("gevent/subprocess.py"):
            found = frame.f_locals
            return _start(found["executable"], found["args"], found["env"])
        frame = frame.f_back
    return None


def guard_fork_exec(decide: Callable[[Start], None]) -> None:
    """`multiprocessing` forks and executes below every audit event: its one function is replaced."""
    module: Any = importlib.import_module("_posixsubprocess")
    original = module.fork_exec

    def fork_exec(arguments: Sequence[Any], programs: Sequence[Any], *rest: Any) -> Any:
        paths = (_found(_text(path), "/") for path in programs)
        path = next((path for path in paths if path), None)
        words = tuple(map(_text, arguments or ()))
        decide(Start(path or "?", path, words[1:]))
        return original(arguments, programs, *rest)

    module.fork_exec = fork_exec
