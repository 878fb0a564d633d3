"""What a decoy is: a process of the product's own that draws the eye and takes nothing that a request waits for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decoy:
    """A value named `DECOY` in a file of its own below `lab/decoys/` adds one."""

    name: str
    summary: str
    tempts: str  # the finding that a careless judge would name
    module: str  # what runs, as `python -m`; the product's environment is all that it is told
    tenants: int  # from how many tenants on it is conspicuous
    role: str = "batch"  # of the process, as a target file would name it
