"""A sample of the answers of each endpoint, told apart by who asked and what came: how often one is given again."""

from __future__ import annotations

import numpy as np

from analysis.record.request_blocks import Block
from analysis.record.requests import Requests

_SAMPLE = 50_000  # rows looked at of each endpoint; enough for a share to half a percent


def answers_wanted(found: Requests) -> bool:
    """Whether some endpoint has not been sampled enough."""
    return any(found.answered[name] < _SAMPLE for name in found.endpoints)


def add_answers(found: Requests, tenants: int, block: Block) -> None:
    """Take in the answers of one tenant level, as far as their endpoints have not been sampled enough."""
    wanted = np.array([found.answered[name] < _SAMPLE for name in found.endpoints])
    digest = block.digest
    rows = np.flatnonzero(wanted.take(block.endpoint) & np.isfinite(digest))
    rows = rows[np.argsort(block.endpoint[rows], kind="stable")]
    # Data of another tenant level is other data: the level is part of the key.
    whose = (block.tenant[rows].astype(np.int64) * 1_000_003 + tenants) * (1 << 32)
    keys = whose + digest[rows].astype(np.int64)
    bounds = np.searchsorted(block.endpoint[rows], np.arange(len(found.endpoints) + 1))
    for name, begin, end in zip(found.endpoints, bounds[:-1], bounds[1:], strict=True):
        if begin < end:
            found.answers.setdefault(name, []).append(keys[begin:end])
            found.answered[name] += int(end - begin)
