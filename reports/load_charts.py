"""One small panel for each tenant level: throughput and latency against users, with the knee marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from rampart.verdict import LevelCapacity, OperatingPoint
from reports.numbers import count, knee, ms, objective, tenants
from reports.svg import FAST, KNEE, MUTED, SLO, SLOW, inline, styled

Value = Callable[[OperatingPoint], float | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """What one tenant level's panel shows: its points, its capacity row (or None) and the objective in ms (or None)."""

    tenants: int
    points: Sequence[OperatingPoint]
    capacity: LevelCapacity | None
    slo_ms: float | None


def latency_limits(panels: Sequence[Panel]) -> tuple[float, float]:
    """The lowest and highest latency (ms) that all panels show, so that levels can be compared at a glance."""
    points = [point for panel in panels for point in panel.points]
    seen = [value for point in points for value in (_p50(point), _p95(point)) if value]
    shown = [*seen, *(panel.slo_ms for panel in panels if panel.slo_ms)] or [1.0, 1000.0]
    return min(shown) / 1.6, max(shown) * 2.2


def load(panel: Panel, latency_ms: tuple[float, float]) -> str:
    """Throughput and, below it, latency (p50, p95, log axis) against users, the knee marked and its interval shaded."""
    with styled():
        figure = Figure(figsize=(3.9, 4.6))
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.15))
        figure.subplots_adjust(left=0.19, right=0.975, top=0.94, bottom=0.1, hspace=0.09)
        _throughput_panel(above, panel)
        _latency_panel(below, panel, latency_ms)
        for axes in (above, below):
            if panel.capacity:
                _mark_knees(axes, panel.capacity, "throughput" if axes is above else "latency")
        below.set_xlabel("users")
        below.set_xlim(0, 1.05 * (max((point.users for point in panel.points), default=0) or 1))
        figure.align_ylabels()
        below.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        return inline(figure, f"load-{count(panel.tenants).replace(',', '')}", _said(panel))


def _said(panel: Panel) -> str:
    row = panel.capacity
    known = f"knee {knee(row)}, objective {objective(row)}" if row else "capacity not known"
    return f"Throughput and latency against users, {tenants(panel.tenants)}: {known}."


def _throughput_panel(axes: Axes, panel: Panel) -> None:
    valid = _pairs(panel.points, _rps)
    _series(axes, valid, FAST, "o")
    _crosses(axes, panel.points, _rps, "throughput")
    if valid and valid[0][0] > 0:
        slope, last = valid[0][1] / valid[0][0], valid[-1][0]
        axes.plot([0, last], [0, last * slope], color=MUTED, lw=1, ls=(0, (2, 3)), gid="unlimited")
    top = max((_rps(point) for point in panel.points), default=0.0)
    axes.set_ylim(0, 1.3 * (top or 1.0))
    axes.set_ylabel("requests/s")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))


def _latency_panel(axes: Axes, panel: Panel, latency_ms: tuple[float, float]) -> None:
    axes.set_yscale("log")
    for name, value, colour, marker in (("p50", _p50, FAST, "o"), ("p95", _p95, SLOW, "s")):
        series = _pairs(panel.points, value)
        _series(axes, series, colour, marker)
        if series:
            # At the end, for the objective has its name at the begin.
            axes.annotate(name, series[-1], (-2, 7), textcoords="offset points", ha="right", color=colour, fontsize=9)
    _crosses(axes, panel.points, _p95, "latency")
    _intervals(axes, panel.points)
    if panel.slo_ms:
        axes.axhline(panel.slo_ms, color=SLO, lw=1.2, ls=(0, (5, 3)), gid="slo")
        axes.annotate(
            f"objective {ms(panel.slo_ms)}",
            (0.02, panel.slo_ms),
            (0, 4),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            color=SLO,
            fontsize=9,
        )
    axes.set_ylim(*latency_ms)
    axes.set_ylabel("latency")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0,) if latency_ms[1] / latency_ms[0] > 30 else (1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value / 1000:g} s" if value >= 1000 else f"{value:g} ms")
    )
    axes.yaxis.set_minor_formatter(NullFormatter())


def _intervals(axes: Axes, points: Sequence[OperatingPoint]) -> None:
    for point in points:
        low, high = point.latency_ms.p95_low, point.latency_ms.p95_high
        if point.valid and low and high:
            axes.plot([point.users] * 2, [low, high], color=SLOW, lw=1.2, alpha=0.7)


def _mark_knees(axes: Axes, row: LevelCapacity, part: str) -> None:
    marks = ((row.knee_users, "knee", "knee", "-"), (row.queue_knee_users, "queue-knee", "jobs pile up", "--"))
    for found, mark, words, style in marks:
        if not found:
            continue
        axes.axvspan(found.low, found.high, color=KNEE, alpha=0.13, lw=0, gid=f"{mark}-interval-{part}")
        axes.axvline(found.value, color=KNEE, lw=1.4, ls=style, gid=f"{mark}-{part}")
        if part == "throughput":
            at, said = (found.value, 1.0), f"{words} {count(found.value)}"
            above = ("data", "axes fraction")
            axes.annotate(said, at, (0, 3), xycoords=above, textcoords="offset points", ha="center", color=KNEE)


def _rps(point: OperatingPoint) -> float:
    """What the knee goes by: what lasts, the most of it without the hypervisor."""
    return point.lasting_rps if point.unstolen_rps is None else point.unstolen_rps


def _p50(point: OperatingPoint) -> float | None:
    return point.latency_ms.p50 or None  # a log axis knows no zero


def _p95(point: OperatingPoint) -> float | None:
    return point.latency_ms.p95 or None


def _pairs(points: Sequence[OperatingPoint], value: Value, *, valid: bool = True) -> list[tuple[float, float]]:
    """(users, value) of the points that are valid, or of those that are not, in the order of users."""
    found = [(point.users, value(point)) for point in points if point.valid is valid]
    return sorted((users, seen) for users, seen in found if seen is not None)


def _crosses(axes: Axes, points: Sequence[OperatingPoint], value: Value, part: str) -> None:
    pairs = _pairs(points, value, valid=False)
    if pairs:
        axes.plot(*zip(*pairs, strict=True), ls="", marker="x", ms=6, color=MUTED, gid=f"not-counted-{part}")


def _series(axes: Axes, pairs: Sequence[tuple[float, float]], colour: str, marker: str) -> None:
    if pairs:
        users, values = zip(*pairs, strict=True)
        axes.plot(users, values, marker=marker, ms=4, lw=1.4, color=colour)
