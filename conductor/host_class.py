"""Which class of machine this is: what of it moves a knee, and stays the same when a job gets another of its kind."""

from __future__ import annotations

import platform
import re
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil

from probes._cores import cores

_CPU_INFO = Path("/proc/cpuinfo")
# Trademarks, the number of cores and the clock, which hypervisors write in different ways for the same processor.
_NOISE = re.compile(r"\((?:R|TM|C)\)|\b(?:CPU|Processor|\d+-Core)\b|@.*", re.IGNORECASE)


def host_class() -> str:
    """Cores and memory that may be used, model of the processor, kind of system; not the kernel's patch level."""
    found = cores(psutil.Process()) or psutil.cpu_count() or 1
    memory = round(psutil.virtual_memory().total / 2**30)  # whole GiB: what a kernel keeps back varies
    return f"{found:g} cores, {memory} GiB, {cpu_class(_cpu_model())}, {platform.system()} {platform.machine()}"


def cpu_class(model: str) -> str:
    """`Intel(R) Xeon(R) CPU E5-2673 v4 @ 2.30GHz` is an `Intel Xeon E5-2673 v4`."""
    return " ".join(_NOISE.sub(" ", model).split()) or "unknown processor"


def _cpu_model() -> str:
    with suppress(OSError):
        for line in _CPU_INFO.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    if platform.system() == "Darwin":
        with suppress(OSError):
            told = subprocess.run(
                ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False
            )
            return told.stdout.strip()
    return platform.processor()
