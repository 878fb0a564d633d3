"""Which files a scenario is made of: its own, and those beside it that it imports or reads while it is imported."""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from locust.argument_parser import DEFAULT_CONFIG_FILES

_OURS = Path(__file__).resolve().parent  # it lies beside the scenarios that come with Rampart
_INSTALLED = ("site-packages", "dist-packages", "__pycache__")  # an environment may stand beside the scenario
_LISTED = 100  # files; the others are one entry: all has to fit into the pipe


class ScenarioFiles:
    """The files of one scenario. Those that it reads are known only if `watch` was called before it is imported."""

    def __init__(self, locustfile: str) -> None:
        self._locustfile = locustfile
        self._roots = [Path(locustfile).parent, Path.cwd()]  # what Locust puts onto `sys.path`
        self._standard = Path(sysconfig.get_paths()["stdlib"]).resolve()
        self._begun = False
        self._read: set[str] = set()

    def watch(self) -> None:
        """Note what is opened to be read from the scenario's first line on. The hook stays for good: for a check."""
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "exec":
            self._begun = self._begun or getattr(arguments[0], "co_filename", "") == self._locustfile
        elif event == "open" and self._begun:
            path, _, flags = arguments
            if isinstance(path, str) and not flags & (os.O_WRONLY | os.O_RDWR):
                self._read.add(str(Path(path).absolute()))

    def found(self) -> list[dict[str, str]]:
        """Each file's name below its root and a digest of its content; the scenario's own is the first."""
        imported = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
        paths = {Path(path).resolve() for path in (*imported, *self._read) if path} - {Path(self._locustfile)}
        own = sorted((name, path) for path in paths if (name := self._name(path)))
        first = _row(Path(self._locustfile), Path(self._locustfile).name)
        return [first, *_shortened([_row(path, name) for name, path in own])]

    def _name(self, path: Path) -> str:
        """Its path below the scenario's folder, or else below the working directory; empty for what is not theirs."""
        if path.name in DEFAULT_CONFIG_FILES:  # Locust reads them by itself: a whole project's settings
            return ""
        if not path.is_file() or path.is_relative_to(self._standard) or path.is_relative_to(_OURS):
            return ""
        for root in self._roots:
            if path.is_relative_to(root) and not set(_INSTALLED) & set(path.relative_to(root).parts):
                return path.relative_to(root).as_posix()
        return ""


def _row(path: Path, name: str) -> dict[str, str]:
    try:
        content = path.read_bytes()
    except OSError as error:
        content = str(error.strerror).encode()
    return {"name": name, "digest": hashlib.sha256(content).hexdigest()[:12]}


def _shortened(rows: list[dict[str, str]]) -> Iterable[dict[str, str]]:
    listed, others = rows[:_LISTED], rows[_LISTED:]
    if not others:
        return listed
    together = hashlib.sha256("".join(sorted(row["digest"] for row in others)).encode()).hexdigest()[:12]
    return [*listed, {"name": f"{len(others)} more", "digest": together}]
