"""An exception that nobody expected: one sentence for the reader, the traceback in a file for whoever mends it.

What a disk refuses is no fault of ours, whichever command wanted to write: it is the environment's.
"""

from __future__ import annotations

import os
import tempfile
import time
import traceback
from pathlib import Path

from rampart.errors import ExitCode, NotReady, RampartError
from rampart.masking import masked
from rampart.unrecorded import REFUSED


class OurFault(RampartError):
    """Rampart itself is at fault."""

    code = ExitCode.OUR_FAULT


def unexpected(error: Exception) -> RampartError:
    """What to say of it; its traceback, masked, is written to a file of the system's folder for such files."""
    if isinstance(error, OSError) and error.errno in REFUSED:
        what = f"{os.fsdecode(error.filename)} cannot be written" if error.filename else "a file cannot be written"
        return NotReady(what, error.strerror or str(error), "Make room on that disk, or make it writable.")
    said = masked(f"{type(error).__name__}: {error}".strip())
    text = masked("".join(traceback.format_exception(error)))
    name = f"rampart-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.getpid()}.traceback"
    try:
        path = Path(tempfile.gettempdir()) / name
        path.write_text(text)
    except OSError as unwritable:
        return OurFault("Rampart failed", said, f"The traceback could not be written ({unwritable}); please report it.")
    return OurFault("Rampart failed", said, f"Please report it with {path}, which has the traceback.")
