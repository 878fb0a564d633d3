"""A folder that takes nothing more (a full disk, one that became read-only, a folder that was removed), in words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rampart.errors import Incomplete

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REFUSED = (*_FULL, errno.EROFS, errno.EACCES, errno.EPERM)  # what a file system answers to one who may not write
_REMEDIES = {
    **dict.fromkeys(_FULL, "Make room on that disk, or keep runs on another one with --runs."),
    errno.ENOENT: "Leave the folder of a run alone until it has ended.",
}


class Unrecorded(Incomplete):
    """What happens can no longer be written into the run's folder; what was written until then can be read."""


def unrecorded(folder: Path, why: str, remedy: str = _REMEDIES[errno.ENOSPC]) -> Unrecorded:
    return Unrecorded(f"the run cannot be recorded any more in {folder}", why, remedy)


def remedy_for(error: OSError) -> str:
    """What to do about an error of writing."""
    return _REMEDIES.get(error.errno or 0, "Make that folder writable, or keep runs elsewhere with --runs.")


@contextmanager
def recording(folder: Path) -> Iterator[None]:
    """Turn an error of writing into `folder` into an Unrecorded."""
    try:
        yield
    except OSError as error:
        raise unrecorded(folder, _reason(error), remedy_for(error)) from error


def _reason(error: OSError) -> str:
    name = f" ({Path(os.fsdecode(error.filename)).name})" if error.filename else ""
    return f"{error.strerror or error}{name}"


def replace_file(path: Path, text: str) -> None:
    """Write a small file whole: it is the old one or the new one, never half, and nothing is left beside it."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def append_whole(path: Path, text: str) -> None:
    """Append a text whole or not at all: what follows a torn line would be lost with it."""
    data = text.encode()
    with path.open("ab", buffering=0) as file:
        before = file.seek(0, os.SEEK_END)
        if file.write(data) == len(data):
            return
        file.truncate(before)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
