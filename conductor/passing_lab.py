"""The lab of one command: up while that goes on, and gone with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from conductor.interruption import left_behind
from lab.staging import Lab


@contextmanager
def passing_lab(flaws: Sequence[str], say: Callable[[str], None]) -> Iterator[Lab]:
    """A running lab. A second Ctrl-C prints that its folder is left behind; its servers end all the same."""
    with (
        left_behind("The lab's folder is left among the temporary files.", "rampart lab down"),
        Lab.up(flaws=flaws, say=say) as lab,
    ):
        yield lab
