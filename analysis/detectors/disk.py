"""A disk of the host is busy all the time, and not with the database's reads and commits alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from analysis import thresholds
from analysis.attribution.attribute import Attribution
from analysis.detectors._detector import Claims, Detector, span, supported
from analysis.detectors._held import of_hold, passed_on
from analysis.detectors._sign import Sign
from analysis.level.level_data import LevelData
from analysis.network.server import UNKNOWN, Relief
from analysis.stages.operating_point import Point
from analysis.stages.session_samples import DISK, LOG, Waits
from analysis.thresholds import Threshold
from rampart import metrics, resources
from rampart.finding import Evidence, Finding, Remedy

DISK_BUSY = Threshold(
    "DISK_BUSY", 0.8, "of the time, in which a disk has something to do",
    "the alert on busy disks (docs/sources.md#awesome-prometheus-alerts)",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Use:
    """What was asked of a disk over some stages."""

    busy: float  # of the time
    operation_ms: float  # of one, waiting included
    in_flight: float  # on average
    of_database: float  # of these, what its sessions wait for
    rps: float
    always: float = 0.0  # in flight whatever the load is: a backup

    @property
    def beside_ms(self) -> float:
        """Of a mean request, what is in flight beside the database's: by Little's law, and if requests wait for it."""
        return 1000 * max(self.in_flight - self.always - self.of_database, 0.0) / max(self.rps, 1e-9)


def _detect(level: LevelData, attribution: Attribution, claims: Claims) -> Finding | None:  # noqa: ARG001 - one signature for all
    disk = _fullest(level)
    if disk is None:
        return None
    low, high = _uses(level, disk)
    if high.busy < DISK_BUSY:
        return None
    share = attribution.share(passed_on(level, attribution, low.beside_ms, high.beside_ms))
    who = _who(level)
    remedy = Remedy(
        f"Do less of it per request{f' (most is moved by role {who})' if who else ''}: shorter logs written behind the "
        "request, no temporary files, uploads to an object store. Then give what writes most a disk of its own; a "
        "cloud volume by its sustained rate."
    )
    evidence = [_busy(disk, low, high), *_stalled(level), _others(high), *_moved(level)]
    return supported("disk", "app", level, share, evidence, remedy, resource=f"disk {disk}")


def _fullest(level: LevelData) -> str | None:
    """The disk that is busiest at the knee; None where none was read."""
    busy: dict[str, float] = {}
    for point in level.high:
        for disk, seconds in level.readings.increases(metrics.DISK_BUSY_S, "disk", *point.window).items():
            busy[disk] = busy.get(disk, 0.0) + seconds
    return max(busy, key=lambda disk: (busy[disk], disk), default=None)


def _uses(level: LevelData, disk: str) -> tuple[_Use, _Use]:
    """In the low and in the high stages. What is in flight without any load, by the line through both, is nobody's."""
    low, high = _use(level, disk, level.low, level.waits_low), _use(level, disk, level.high, level.waits)
    slope = (high.in_flight - low.in_flight) / (high.rps - low.rps) if high.rps > low.rps else 0.0
    always = min(max(low.in_flight - slope * low.rps, 0.0), low.in_flight, high.in_flight)
    return replace(low, always=always), replace(high, always=always)


def _use(level: LevelData, disk: str, points: Sequence[Point], waits: Waits) -> _Use:
    seconds = max(sum(p.seconds for p in points), 1e-9)
    busy_s, operations, took_ms = (
        level.total(metric, points, disk=disk) or 0.0
        for metric in (metrics.DISK_BUSY_S, metrics.DISK_OPERATIONS, metrics.DISK_OPERATION_MS)
    )
    each = took_ms / operations if operations else 0.0
    of_database = waits.mean(DISK) + waits.mean(LOG)
    return _Use(busy_s / seconds, each, took_ms / 1000 / seconds, of_database, level.rps(points))


def _busy(disk: str, low: _Use, high: _Use) -> Evidence:
    return Evidence(
        f"disk {disk} is busy {high.busy:.0%} of the time at the knee, and an operation takes "
        f"{span(low.operation_ms, high.operation_ms, 'ms')}",
        high.busy,
        f">= {DISK_BUSY:.0%} of the time",
        "readings-host disk.busy_s, disk.operation_ms / disk.operations",
    )


def _stalled(level: LevelData) -> Iterator[Evidence]:
    """Whether anybody waits: a disk that works at many things at once is busy and may have room."""
    stalled = level.stalled(metrics.HOST_IO_PRESSURE_S)
    if stalled is not None:
        yield Evidence(
            f"some task waits for a disk {stalled:.0%} of the time",
            stalled,
            f">= {thresholds.PRESSURE:.0%}",
            "readings-host host.io_pressure_s",
            holds=stalled >= thresholds.PRESSURE,
        )


def _others(high: _Use) -> Evidence:
    """Whose the operations are: what the database waits for is its own."""
    part = min(high.of_database / high.in_flight, 1.0) if high.in_flight > 0 else 0.0
    return Evidence(
        f"of {high.in_flight:.2g} operations at any instant the database's sessions wait for {high.of_database:.2g}",
        part,
        f"< {thresholds.WAITS_MOSTLY:.0%}, else it is the database that fills the disk",
        "readings-sessions db.active, readings-host disk.operation_ms",
        holds=part < thresholds.WAITS_MOSTLY,
    )


def _moved(level: LevelData) -> Iterator[Evidence]:
    """Who moves most, as far as the processes let us look."""
    moved, who = _by_role(level), _who(level)
    if who is not None:
        yield Evidence(
            f"role {who} moves {moved[who] / max(level.seconds[1], 1e-9) / 1e6:.3g} MB/s from and to disks, "
            f"{moved[who] / sum(moved.values()):.0%} of what was seen",
            moved[who] / sum(moved.values()),
            "who has to ask less of it",
            "readings-processes role.disk_bytes",
        )


def _who(level: LevelData) -> str | None:
    moved = {role: count for role, count in _by_role(level).items() if count > 0}
    return max(moved, key=lambda role: (moved[role], role), default=None)


def _by_role(level: LevelData) -> dict[str, float]:
    found: dict[str, float] = {}
    for point in level.high:
        for role, count in level.readings.increases(metrics.ROLE_DISK_BYTES, "role", *point.window).items():
            found[role] = found.get(role, 0.0) + count
    return found


def _relief(level: LevelData, attribution: Attribution, claims: Claims) -> Relief:  # noqa: ARG001 - one signature for all
    """Nobody waits for the disk within a request."""
    disk = _fullest(level)
    gone = of_hold(level, _uses(level, disk)[0].beside_ms) if disk is not None else 0.0
    at = frozenset({resources.POOL, resources.POOLER, resources.UNSEEN})
    return Relief({UNKNOWN: gone}, frozenset({resources.UNSEEN}), at=at)


DETECTOR = Detector(
    "disk", "app", "A disk of the host is busy all the time.", _detect,
    thresholds=(DISK_BUSY, thresholds.PRESSURE, thresholds.WAITS_MOSTLY),
    relief=_relief,
    headline="{resource} of the host",
    signs=(
        Sign("per request", metrics.DISK_OPERATION_MS, "time of disk operations"),
        Sign("per request", metrics.HOST_IO_PRESSURE_S, "time in which tasks wait for a disk"),
    ),
)  # fmt: skip
