"""Is this machine short of processor time, memory, disk or network?"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from probes._cores import quota
from probes._gaps import gap_facts
from probes._probe import Probe
from rampart import metrics
from rampart.config import Target
from rampart.model import JSON, Counter, Gap, Gauge, Metric, Reading, Role

_PROC, _GROUPS = Path("/proc"), Path("/sys/fs/cgroup")
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_VIRTUAL = ("loop", "ram", "zram", "dm-", "md", "sr", "fd")  # their traffic is that of the disks below, or none
_PRESSURE = {
    "cpu": metrics.HOST_CPU_PRESSURE_S,
    "io": metrics.HOST_IO_PRESSURE_S,
    "memory": metrics.HOST_MEMORY_PRESSURE_S,
}

_IOWAIT_S = Counter(
    "host.cpu_iowait_s", "disk", Role.SATURATION, "s", "processor time idle while something waited for disk"
)
_RUNNABLE = Gauge("host.runnable", "host", Role.SATURATION, "1", "runnable tasks but this probe")
_NET_BYTES = Counter("host.net_bytes", "network", Role.UTILISATION, "bytes", "sent and received, loopback left out")

METRICS = (
    metrics.HOST_CORES,
    metrics.HOST_CPU_BUSY_S,
    metrics.HOST_CPU_STEAL_S,
    _IOWAIT_S,
    *_PRESSURE.values(),
    _RUNNABLE,
    metrics.HOST_MEMORY_AVAILABLE_BYTES,
    metrics.DISK_BUSY_S,
    metrics.DISK_OPERATIONS,
    metrics.DISK_OPERATION_MS,
    _NET_BYTES,
)


def usable_cores() -> float:
    """Cores by affinity and by the quota of our control group, the lesser."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(float(count), quota(_GROUPS), quota(_GROUPS / "cpu"))


def cpu_times(stat: str) -> dict[Metric, float]:
    """Busy, steal and iowait seconds, and runnable tasks, of the text of /proc/stat."""
    rows = {name: rest.split() for name, _, rest in (line.partition(" ") for line in stat.splitlines())}
    # Work of lower priority counts as well: an installation at nice 19 was seen to halve the knee of the lab.
    user, nice, system, _, iowait, irq, softirq, steal = (int(ticks) for ticks in rows["cpu"][:8])
    return {
        metrics.HOST_CPU_BUSY_S: (user + nice + system + irq + softirq) / _TICKS,
        metrics.HOST_CPU_STEAL_S: steal / _TICKS,
        _IOWAIT_S: iowait / _TICKS,
        _RUNNABLE: max(int(rows["procs_running"][0]) - 1, 0),
    }


def stalled_s(pressure: str) -> float:
    """Seconds in which some task stalled, of the text of a file below /proc/pressure."""
    some = next(line for line in pressure.splitlines() if line.startswith("some"))
    return int(some.rpartition("total=")[2]) / 1e6


def _linux() -> dict[Metric, float]:
    values = cpu_times((_PROC / "stat").read_text())
    for resource, metric in _PRESSURE.items():
        with suppress(OSError):
            values[metric] = stalled_s((_PROC / "pressure" / resource).read_text())
    return values


def _elsewhere() -> dict[Metric, float]:
    times = psutil.cpu_times()
    return {metrics.HOST_CPU_BUSY_S: times.user + times.system + getattr(times, "nice", 0.0)}


class _Host:
    def __init__(self, target: Target) -> None:
        self._target = target
        self._clocks = _linux if sys.platform == "linux" else _elsewhere
        self._cores = usable_cores()
        self._disks = {p.name for p in Path("/sys/block").glob("*") if not p.name.startswith(_VIRTUAL)}

    def read(self) -> Iterable[Reading]:
        values: dict[Metric, float] = {metrics.HOST_CORES: self._cores, **self._clocks()}
        values[metrics.HOST_MEMORY_AVAILABLE_BYTES] = psutil.virtual_memory().available
        links = psutil.net_io_counters(pernic=True, nowrap=False)
        values[_NET_BYTES] = sum(link.bytes_sent + link.bytes_recv for name, link in links.items() if name != "lo")
        return [*(Reading(metric, value) for metric, value in values.items()), *self._of_disks()]

    def _of_disks(self) -> Iterator[Reading]:
        for name, disk in psutil.disk_io_counters(perdisk=True, nowrap=False).items():
            if name in self._disks:
                label = {"disk": name}
                yield Reading(metrics.DISK_BUSY_S, disk.busy_time / 1000, label)
                yield Reading(metrics.DISK_OPERATIONS, disk.read_count + disk.write_count, label)
                yield Reading(metrics.DISK_OPERATION_MS, disk.read_time + disk.write_time, label)

    def facts(self) -> JSON:
        gaps = []
        if not is_here(self._target.host):
            reason = f"{self._target.host} is another machine: host.* is the machine that makes the load"
            lost = ("app-cpu", "db-cpu", "memory", "disk", "network")
            gaps.append(Gap("HOST-NONE", reason, lost, "Run Rampart on the machine of the target."))
        if not (_PROC / "pressure" / "cpu").exists():
            gaps.append(Gap("NOPSI", "this kernel keeps no pressure statistics", (), "Boot it with psi=1."))
        return {"gaps": gap_facts(*gaps)}

    def close(self) -> None:
        return None


def is_here(host: str) -> bool:
    """Whether a host of a URL is this machine, as far as can be told without asking a name server."""
    addresses = {a.address for found in psutil.net_if_addrs().values() for a in found}
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback or host in addresses
    return host in ("localhost", os.uname().nodename)


def connect(target: Target) -> _Host:
    return _Host(target)


PROBE = Probe("host", "Processor, memory, disk and network of this machine.", 1.0, METRICS, connect)
