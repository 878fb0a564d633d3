"""Every probe that there is: the files of this folder and, one for each queue system, those of `queues/`."""

from __future__ import annotations

import probes
import probes.queues
from probes._probe import Probe
from rampart.plugins import discover


def every_probe() -> dict[str, Probe]:
    """The probes by name."""
    return {**discover(probes, Probe), **discover(probes.queues, Probe)}
