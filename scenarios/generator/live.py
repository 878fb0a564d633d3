"""The pipe to the conductor: one JSON object a line. It never holds up the load: what does not fit is counted."""

from __future__ import annotations

import json
import os
import threading
from typing import Any


class Live:
    """Writes to an inherited pipe that was made non-blocking."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()  # the guard may speak from a thread of the resolver
        self._rest = b""
        self.lost = 0
        os.set_blocking(descriptor, False)

    def send(self, kind: str, **fields: Any) -> None:
        """Send one line; one that the full pipe cannot take whole is kept back, and the next ones are dropped."""
        line = json.dumps({"kind": kind, **fields}).encode() + b"\n"
        with self._lock:
            if self._rest:
                self._rest = self._write(self._rest)
            if self._rest:
                self.lost += 1
                return
            self._rest = self._write(line)

    def _write(self, data: bytes) -> bytes:
        """What could not be written."""
        try:
            return data[os.write(self._descriptor, data) :]
        except BlockingIOError:
            return data
        except OSError:  # the conductor has gone: the shape ends the load
            return b""
