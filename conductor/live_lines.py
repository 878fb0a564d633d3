"""What the load process says meanwhile: JSON lines from a pipe, and its log, both masked before anything keeps them."""

from __future__ import annotations

import json
import os
import re
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path

from rampart.masking import masked
from rampart.model import JSON
from scenarios.generator.endpoints import plain

_MOST = 10_000  # lines that nobody has taken yet
_LONGEST = 1_000_000  # bytes without an end of line: no longer ours
_KEY_BEGINS, _KEY_ENDS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"-----END [A-Z ]*PRIVATE KEY-----"),
)
# Locust's table of requests names them by their paths; names of files in tracebacks stand in quotes.
_PATH = re.compile(r"(?<=[\s(:=])(?:\w[\w+.-]*:/)?/[^\s'\"),]+")


class LiveLines:
    """Reads one end of a pipe in a thread of its own; the other end is `descriptor`, for the child."""

    def __init__(self) -> None:
        self._read, self.descriptor = os.pipe()
        self._lines: deque[JSON] = deque(maxlen=_MOST)
        self._thread = threading.Thread(target=self._follow, name="live lines", daemon=True)
        self._thread.start()

    def started(self) -> None:
        """The child has its own end: ours is closed, so that its end is seen."""
        os.close(self.descriptor)

    def take(self) -> list[JSON]:
        """The lines since the last call."""
        return [self._lines.popleft() for _ in range(len(self._lines))]

    def wait(self, seconds: float) -> None:
        """Wait until the child and all that it started have closed their end, for so long at most."""
        self._thread.join(seconds)

    def _follow(self) -> None:
        rest = b""
        with os.fdopen(self._read, "rb", buffering=0) as pipe:
            while data := pipe.read(65_536):
                *whole, rest = (rest + data).split(b"\n")
                rest = rest if len(rest) < _LONGEST else b""
                for line in whole:
                    try:
                        self._lines.append(masked(json.loads(line)))
                    except ValueError:
                        continue


class MaskedLog:
    """A log file that a child writes through us: no secret reaches the disk."""

    def __init__(self, path: Path) -> None:
        self._read, self.descriptor = os.pipe()
        self._file = path.open("ab", buffering=0)
        self._thread = threading.Thread(target=self._follow, name="masked log", daemon=True)
        self._thread.start()

    def started(self) -> None:
        """The child has its own end."""
        os.close(self.descriptor)

    def close(self, seconds: float = 2.0) -> None:
        """Write what is left; a grandchild that keeps the pipe open is not waited for longer."""
        self._thread.join(seconds)

    def _follow(self) -> None:
        with os.fdopen(self._read, "r", encoding="utf-8", errors="replace") as pipe, self._file:
            in_a_key = False
            for line in pipe:
                in_a_key = not _KEY_ENDS.search(line) and (in_a_key or bool(_KEY_BEGINS.search(line)))
                with suppress(OSError):  # a full disk: the child must not wait for us
                    self._file.write(b"***\n" if in_a_key else _without_secrets(line).encode())


def _without_secrets(line: str) -> str:
    """A line of the log as it is kept: paths as the names that requests have in the run folder."""
    return _PATH.sub(lambda found: plain(found[0]), str(masked(line)))
