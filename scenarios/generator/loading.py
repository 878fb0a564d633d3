"""Why a scenario could not be loaded, as far as the exception says it: the conductor makes a sentence of that."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Any

from .row_values import said_by

_LONGEST = 300


def explained(error: BaseException) -> dict[str, Any]:
    """The kind of an exception, what it says, where the scenario raised it, and what it did not find."""
    return {
        "error": type(error).__name__,
        "said": said_by(error)[:_LONGEST],
        "place": _place(error),
        "module": error.name if isinstance(error, ModuleNotFoundError) else None,
        "file": _file(error),
        "cwd": str(Path.cwd()),
    }


def _file(error: BaseException) -> str | None:
    missing = isinstance(error, FileNotFoundError) and isinstance(error.filename, (str, bytes, os.PathLike))
    return os.fsdecode(error.filename) if missing else None  # type: ignore[attr-defined]


def _place(error: BaseException) -> str:
    """`users.py, line 3`: the last frame that is no library's."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename.rpartition('/')[2]}, line {error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_theirs(frame.filename)]
    return f"{frames[-1].filename.rpartition('/')[2]}, line {frames[-1].lineno}" if frames else ""


def _is_theirs(file: str) -> bool:
    here, library = str(Path(__file__).parent), str(Path(os.__file__).parent)
    return not file.startswith(("<", here, library)) and "/site-packages/" not in file
